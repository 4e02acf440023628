"""Whose turn it is at a partner's: an account (a credential) is used by one gateway at a time.

Two pollers of one HubEE credential would see, fetch and tell the same things. What is taken is kept for
the life of the process, and proved ours before each use; whoever waits asks again at every round.
"""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass

from gateway.doors.lookout import Post
from gateway.store.holding import Elsewhere, Holder, Locks


def partition_of(departement: str, post: Post | None = None) -> str:
    """What walks one at a time: one place for one département, or what follows for a département."""
    return f"{departement}/{post.name}" if post else departement


@dataclass(frozen=True, slots=True)
class Accounts:
    """The accounts of the posts of one house. Every method may raise `Unavailable`."""

    locks: Locks
    posts: Sequence[Post]

    async def holds(self, post: Post) -> bool:
        """Whether this place is ours to ask, now: its account is taken if nobody has it."""
        if not post.account:
            return True
        return await asyncio.to_thread(self.locks.take, _lock_name(post))

    async def check_held(self, post: Post) -> None:
        """Raise `Elsewhere` when another gateway has it: that one will do what we were about to."""
        if not await self.holds(post):
            raise Elsewhere("compte relevé par une autre passerelle")

    async def holder(self, post: Post) -> Holder | None:
        """Which other gateway has the account of this place; None when nobody or us."""
        if not post.account:
            return None
        return await asyncio.to_thread(self.locks.holder, _lock_name(post))

    async def may_walk(self, partition: str) -> bool:
        """Whether what walks in this partition is ours to walk."""
        name = partition.partition("/")[2]
        posts = [post for post in self.posts if post.name == name]
        return not posts or await self.holds(posts[0])

    async def take_all(self) -> None:
        """Take every account that is free: what is resumed at a launch must find it ours."""
        for post in self.posts:
            await self.holds(post)


def _lock_name(post: Post) -> str:
    return f"compte-{post.account}"
