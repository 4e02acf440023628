"""How hard the laws are tried: a little by default, the same each time; `make laws` tries long and anew."""

from hypothesis import settings

settings.register_profile("long", deadline=None, max_examples=100)
