"""The product in Chromium: what a person sees and presses."""
