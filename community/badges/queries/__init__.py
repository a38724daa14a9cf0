"""The pages about badges and ranks: what each loads, stated in one function."""
