"""What is suggested in the search field while one types: titles of questions and tags that have the beginnings of the words."""
