"""Files that archives are written to and read from: pure and streamed, without any database.

What is read comes from anywhere. Nothing in a file is believed beyond its shape, no name in it becomes a path, and
everything has a bound: a file that goes beyond one raises BadFile with a code that people are told about.
"""
