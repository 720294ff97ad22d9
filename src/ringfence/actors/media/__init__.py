"""What a phone does beside its registration: audio, and answers to those who look after it."""
