"""The parts of `ringfence walk`: the two ends, and what their recordings say."""
