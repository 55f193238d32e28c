"""The schema's history, in Tortoise's own migrations. What is written here never changes again."""
