//! Places as people choose them.

use fastrand::Rng;

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
    pub fn choose(&self, chance: &mut Rng) -> usize {
        let sum = self.0.last().copied().unwrap_or(1);
        let at = chance.u64(..) % sum;
        self.0.partition_point(|upto| *upto <= at)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_place_is_chosen_twice_as_often_as_the_second() {
        let (zipf, mut chance) = (Zipf::new(100), Rng::with_seed(1));
        let mut chosen = vec![0; 100];
        for _ in 0..100_000 {
            chosen[zipf.choose(&mut chance)] += 1;
        }
        let times = f64::from(chosen[0]) / f64::from(chosen[1]);
        assert!((1.8..2.2).contains(&times), "{times}");
        assert!(chosen.iter().all(|times| *times > 0));
    }
}
