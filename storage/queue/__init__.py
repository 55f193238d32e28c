"""Who takes which capture when: the queue engines behind one protocol."""
