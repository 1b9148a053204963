//! A queue that accounts take turns at: work is counted in blocks, and nobody waits for more of another's than a turn.

use std::collections::{HashMap, VecDeque};
use std::hash::Hash;

/// How much may wait.
#[derive(Clone, Copy, Debug)]
pub(super) struct Bounds {
    /// Blocks of all.
    pub(super) blocks_max: usize,
    /// Of these, one account's: the rest is for others.
    pub(super) of_one_max: usize,
    /// What an account may have waiting however many blocks of others there are.
    pub(super) guaranteed: usize,
    /// Blocks of a turn.
    pub(super) turn: usize,
}

/// More waits than may wait.
#[derive(Debug, thiserror::Error)]
#[error("{waiting} of at most {max} RSA blocks wait already, {asked} more do not fit")]
pub(super) struct Full {
    waiting: usize,
    max: usize,
    asked: usize,
}

impl Full {
    /// A job that came to nothing, by a fault of ours.
    pub(super) fn panicked(asked: usize) -> Self {
        Self { waiting: 0, max: 0, asked }
    }
}

/// Jobs by account, each with what is left of it.
pub(super) struct FairQueue<K, J> {
    bounds: Bounds,
    blocks: usize,
    accounts: HashMap<K, Waiting<J>>,
    /// The accounts that have jobs waiting, in the order of their turns.
    turns: VecDeque<K>,
}

struct Waiting<J> {
    jobs: VecDeque<Job<J>>,
    /// Blocks waiting and at work.
    blocks: usize,
    /// What is left of the account's turn.
    turn: usize,
}

/// A job with its size.
pub(super) struct Job<J> {
    pub(super) work: J,
    /// As it was admitted.
    blocks: usize,
    left: usize,
}

/// A piece of a job that is to be done now.
pub(super) struct Piece<K, J> {
    pub(super) account: K,
    pub(super) job: Job<J>,
    pub(super) blocks: usize,
}

impl<K: Clone + Eq + Hash, J> FairQueue<K, J> {
    pub(super) fn new(bounds: Bounds) -> Self {
        Self { bounds, blocks: 0, accounts: HashMap::new(), turns: VecDeque::new() }
    }

    /// The blocks that wait or are worked on, and how many may.
    pub(super) fn depth(&self) -> (usize, usize) {
        (self.blocks, self.bounds.blocks_max)
    }

    /// Puts a job behind the others of its account.
    pub(super) fn push(&mut self, account: K, blocks: usize, work: J) -> Result<(), Full> {
        let Bounds { blocks_max, of_one_max, guaranteed, turn } = self.bounds;
        let own = self.accounts.get(&account).map_or(0, |waiting| waiting.blocks);
        let (all, own) = (self.blocks.saturating_add(blocks), own.saturating_add(blocks));
        let fits = (all <= blocks_max && own <= of_one_max) || own <= guaranteed.max(blocks);
        if blocks > blocks_max || !fits {
            return Err(Full { waiting: own - blocks, max: of_one_max.min(blocks_max), asked: blocks });
        }
        self.blocks = all;
        let waiting = self.accounts.entry(account.clone()).or_insert_with(|| Waiting {
            jobs: VecDeque::new(),
            blocks: 0,
            turn,
        });
        waiting.blocks = own;
        if waiting.jobs.is_empty() {
            self.turns.push_back(account);
        }
        waiting.jobs.push_back(Job { work, blocks, left: blocks });
        Ok(())
    }

    /// Takes a piece of the job whose turn it is.
    pub(super) fn take(&mut self) -> Option<Piece<K, J>> {
        loop {
            let account = self.turns.pop_front()?;
            let Some(waiting) = self.accounts.get_mut(&account) else { continue };
            if waiting.turn == 0 {
                waiting.turn = self.bounds.turn.max(1);
                self.turns.push_back(account);
                continue;
            }
            let Some(job) = waiting.jobs.pop_front() else { continue };
            let blocks = job.left.clamp(1, waiting.turn);
            waiting.turn -= blocks;
            if !waiting.jobs.is_empty() {
                self.turns.push_front(account.clone());
            }
            return Some(Piece { account, job, blocks });
        }
    }

    /// Puts a job back of which a piece has been done and more is left.
    pub(super) fn put_back(&mut self, account: K, mut job: Job<J>, done: usize) {
        let Some(waiting) = self.accounts.get_mut(&account) else { return };
        // It may take more than it said.
        job.left = job.left.checked_sub(done).filter(|left| *left > 0).unwrap_or(self.bounds.turn);
        if waiting.jobs.is_empty() {
            self.turns.push_back(account);
        }
        waiting.jobs.push_front(job);
    }

    /// Counts a job as done.
    pub(super) fn done(&mut self, account: &K, blocks: usize) {
        self.blocks -= blocks.min(self.blocks);
        let Some(waiting) = self.accounts.get_mut(account) else { return };
        waiting.blocks -= blocks.min(waiting.blocks);
        if waiting.blocks == 0 && waiting.jobs.is_empty() {
            self.accounts.remove(account);
        }
    }
}

impl<J> Job<J> {
    /// Its size as it was admitted.
    pub(super) fn blocks(&self) -> usize {
        self.blocks
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const BOUNDS: Bounds = Bounds { blocks_max: 16_384, of_one_max: 8_192, guaranteed: 256, turn: 64 };

    /// Works until `account` has no job left; gives how many blocks of others were done before.
    fn waits(queue: &mut FairQueue<&'static str, ()>, account: &str) -> usize {
        let mut others = 0;
        while queue.accounts.get(account).is_some_and(|waiting| !waiting.jobs.is_empty()) {
            let Piece { account: whose, job, blocks } = queue.take().unwrap();
            if whose != account {
                others += blocks;
            }
            if job.left > blocks {
                queue.put_back(whose, job, blocks);
            } else {
                queue.done(&whose, job.blocks());
            }
        }
        others
    }

    #[test]
    fn a_neighbours_message_waits_for_one_turn_of_the_flooders() {
        for size in [1, 64, 100, 4_096] {
            let mut queue = FairQueue::new(BOUNDS);
            while queue.push("flooder", size, ()).is_ok() {}
            assert!(queue.blocks > 4_096, "the flooder has all that it may have waiting");
            queue.take().map(|piece| queue.put_back(piece.account, piece.job, piece.blocks)).unwrap();
            queue.push("neighbour", 2, ()).unwrap();
            assert!(waits(&mut queue, "neighbour") <= 64, "jobs of {size}");
            // Forty messages are a turn and a bit: so much more of the flooder's comes in between.
            for _ in 0..40 {
                queue.push("neighbour", 2, ()).unwrap();
            }
            assert!(waits(&mut queue, "neighbour") <= 3 * 64, "jobs of {size}");
        }
    }

    #[test]
    fn a_neighbour_finds_room_however_many_flood() {
        let mut queue = FairQueue::new(BOUNDS);
        let flooders = ["a", "b", "c", "d"];
        for flooder in flooders {
            while queue.push(flooder, 64, ()).is_ok() {}
        }
        assert!(queue.blocks >= BOUNDS.blocks_max && queue.push("a", 1, ()).is_err());
        for _ in 0..100 {
            queue.push("neighbour", 2, ()).unwrap();
        }
        assert!(waits(&mut queue, "neighbour") <= 4 * 64 * 5, "four turns before each of his own");
        // The largest message of all fits alone, and nothing that is larger than all that may wait.
        queue.push("another", 16_384, ()).unwrap();
        assert!(queue.push("yet another", 16_385, ()).is_err());
    }

    #[test]
    fn what_is_done_or_given_up_leaves_nothing_behind() {
        let mut queue = FairQueue::new(BOUNDS);
        for account in ["a", "b"] {
            for size in [0, 1, 500] {
                queue.push(account, size, ()).unwrap();
            }
        }
        waits(&mut queue, "a");
        waits(&mut queue, "b");
        assert_eq!((queue.blocks, queue.accounts.len(), queue.turns.len()), (0, 0, 0));
    }
}
