"""What is to be solved: a task folder read, its data profiled, its rows split."""
