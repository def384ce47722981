"""One harness for all end-to-end tests: each thing that two of them need is defined here, once."""
