//! Chance from a seed: instants of faults, and places as people choose them.

/// Dice that fall the same way each time (splitmix64).
#[derive(Clone, Debug)]
pub struct Chance(u64);

impl Chance {
    /// Dice of a seed.
    pub const fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// 64 bits.
    pub fn bits(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// A number from 0 up to and without `end`.
    pub fn below(&mut self, end: usize) -> usize {
        usize::try_from(self.bits() % u64::try_from(end.max(1)).unwrap_or(1)).unwrap_or(0)
    }
}

/// Places by Zipf's law: the second is chosen half as often as the first, the third a third as often.
#[derive(Clone, Debug)]
pub struct Zipf(Vec<u64>);

impl Zipf {
    /// So many places.
    pub fn new(places: usize) -> Self {
        let mut sum = 0;
        Self(
            (1..=places.max(1))
                .map(|rank| {
                    sum += 1_000_000_000 / u64::try_from(rank).unwrap_or(u64::MAX);
                    sum
                })
                .collect(),
        )
    }

    /// A place.
    pub fn choose(&self, chance: &mut Chance) -> usize {
        let sum = self.0.last().copied().unwrap_or(1);
        let at = chance.bits() % sum;
        self.0.partition_point(|upto| *upto <= at)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_place_is_chosen_twice_as_often_as_the_second() {
        let (zipf, mut chance) = (Zipf::new(100), Chance::new(1));
        let mut chosen = vec![0; 100];
        for _ in 0..100_000 {
            chosen[zipf.choose(&mut chance)] += 1;
        }
        let times = f64::from(chosen[0]) / f64::from(chosen[1]);
        assert!((1.8..2.2).contains(&times), "{times}");
        assert!(chosen.iter().all(|times| *times > 0));
    }
}
