"""What several tests share: scripts, sites, captures, configurations, peers."""
