"""What the end-to-end tests are made of: real and misbehaving servers, real
clients, and the program under test, all on loopback."""
