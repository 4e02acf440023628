"""The three paths, in the order a file lives them: reception, crossing, release. Read them first."""
