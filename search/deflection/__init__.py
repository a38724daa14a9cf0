"""What people who are about to ask are shown, and what comes of it: counted for each visit of the form, never for a person."""
