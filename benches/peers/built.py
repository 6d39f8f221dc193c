"""Reads cargo's messages and prints the program that was built last."""

import json
import sys

built = [message["executable"] for line in sys.stdin if (message := json.loads(line)).get("executable")]
print(built[-1])
