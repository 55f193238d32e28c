"""What Hashkeep costs, beside a bare browser on the same pages in the same run."""
