"""What `benchmarks/peers.py` runs: services of five protocols on the loopback interface, and a client of each."""
