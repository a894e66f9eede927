//! Check-in pages as they were made for whoever scanned the same poster a moment ago.
//!
//! Of two people at one table the second gets the first one's page with a nonce of their own: making it takes the template
//! engine longer than all else that is done for a scan (docs/decisions.md). A page is remembered under everything that it tells, so
//! that none is ever old; nobody's address is in it, for a form that comes back with one is not remembered.

use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex, PoisonError};

/// So many are remembered, of some ten thousand bytes each; then the first one goes.
const MOST: usize = 512;

/// The pages.
#[derive(Default)]
pub(crate) struct MadePages(Mutex<Known>);

#[derive(Default)]
struct Known {
    pages: HashMap<String, Arc<[String]>>,
    order: VecDeque<String>,
}

impl MadePages {
    /// The page that tells this, with this nonce; `None` where nobody asked for it.
    pub fn page(&self, tells: &str, nonce: &str) -> Option<String> {
        let parts = self.0.lock().unwrap_or_else(PoisonError::into_inner).pages.get(tells).cloned()?;
        Some(parts.join(nonce))
    }

    /// Remembers a page that was made with this nonce.
    pub fn remember(&self, tells: String, page: &str, nonce: &str) {
        let parts: Arc<[String]> = page.split(nonce).map(str::to_owned).collect();
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if known.pages.insert(tells.clone(), parts).is_none() {
            known.order.push_back(tells);
        }
        if known.order.len() > MOST
            && let Some(first) = known.order.pop_front()
        {
            known.pages.remove(&first);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_comes_again_with_a_nonce_of_its_own() {
        let made = MadePages::default();
        assert_eq!(made.page("喫茶辿り", "n1"), None);
        made.remember("喫茶辿り".into(), "<a n1><b n1>", "n1");
        assert_eq!(made.page("喫茶辿り", "n2").unwrap(), "<a n2><b n2>");
        assert_eq!(made.page("見本食堂", "n2"), None);
        made.remember("見本食堂".into(), "no nonce", "n1");
        assert_eq!(made.page("見本食堂", "n2").unwrap(), "no nonce");
    }

    #[test]
    fn the_first_one_goes_when_there_are_too_many() {
        let made = MadePages::default();
        for n in 0..=MOST {
            made.remember(n.to_string(), "page", "nonce");
            made.remember(n.to_string(), "page", "nonce");
        }
        assert_eq!(made.page("0", "nonce"), None);
        assert!((1..=MOST).all(|n| made.page(&n.to_string(), "nonce").is_some()));
        let known = made.0.lock().unwrap();
        assert_eq!((known.pages.len(), known.order.len()), (MOST, MOST));
    }
}
