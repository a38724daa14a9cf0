"""The demo community: what its people wrote and did, told as days before the moment it is loaded."""
