"""What pages show: a function per page that states its loads and returns frozen objects."""
