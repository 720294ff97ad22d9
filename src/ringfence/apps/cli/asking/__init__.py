"""The parts of `ringfence init`: what is asked, how answers are checked, and the site file of them."""
