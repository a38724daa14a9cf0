"""The ground floor and the roof of Bestbefore; `app.factory` makes the application."""
