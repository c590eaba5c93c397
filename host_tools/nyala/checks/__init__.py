"""The parts of `nyala.verify`: order in the chain, time, and the policy's rules for a sale."""
