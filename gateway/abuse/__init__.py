"""Abuse is seen: what each client and each person asks for, compared with what it usually asks. No person in it."""
