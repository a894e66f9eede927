//! What Web Push needs of ciphers: a message sealed to a browser (RFC 8291), and the signature by which a push
//! service knows us (VAPID, RFC 8292).
//!
//! The push service carries the message and can't read it; what it learns is which browser is written to, and
//! when. Every message is padded to one length, so that it doesn't tell which notice it is. The signing key opens
//! nothing: whoever has it can write to browsers whose subscriptions they know, and those lie sealed. The worker
//! alone has it; pages carry its public half, to which a browser binds the subscription.
//!
//! [`Subscriber`] is the browser's half: for tests, and for stand-ins of a push service.

use std::fmt;

use aws_lc_rs::aead::{AES_128_GCM, Aad, LessSafeKey, Nonce, UnboundKey};
use aws_lc_rs::agreement::{self, ECDH_P256, UnparsedPublicKey};
use aws_lc_rs::hkdf::{HKDF_SHA256, KeyType, Salt};
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED, ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair};
use data_encoding::BASE64URL_NOPAD;
use domain::clock::Instant;
use domain::push::Subscription;
use zeroize::Zeroizing;

use crate::random::Randomness;

/// How long a signature is good: RFC 8292 allows a day, and clocks differ.
const SIGNED_FOR: i64 = 12 * 3600;

/// The length of every body, as push services take them at most (RFC 8291, section 4).
pub const BODY: usize = 4096;

/// Salt, record size, length of the key, the key.
const HEAD: usize = 16 + 4 + 1 + POINT;
const POINT: usize = 65;
const TAG: usize = 16;

/// The longest message.
pub const LONGEST: usize = BODY - HEAD - TAG - 1;

/// Why a message could not be sealed: the browser's key is no point of the curve, or the message is too long.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the message can't be sealed to this subscription")]
pub struct PushSealError;

/// The key that signs for us.
#[derive(Clone)]
pub struct VapidKey(Zeroizing<[u8; 32]>);

impl VapidKey {
    /// A new one.
    pub fn new(randomness: &Randomness) -> Self {
        // All but one of 2³² texts of 32 bytes are a scalar of the curve.
        loop {
            let scalar = Zeroizing::new(randomness.bytes());
            if private(&scalar).is_some() {
                return Self(scalar);
            }
        }
    }

    /// Reads the text of its file.
    pub fn parse(text: &str) -> Option<Self> {
        let bytes = Zeroizing::new(BASE64URL_NOPAD.decode(text.trim().as_bytes()).ok()?);
        let scalar = Zeroizing::new(<[u8; 32]>::try_from(bytes.as_slice()).ok()?);
        private(&scalar).map(|_| Self(scalar))
    }

    /// The text of its file.
    pub fn expose(&self) -> Zeroizing<String> {
        Zeroizing::new(BASE64URL_NOPAD.encode(self.0.as_slice()))
    }

    /// The public half, as a browser wants it: base64url, 87 characters.
    pub fn public(&self) -> String {
        BASE64URL_NOPAD.encode(&self.point())
    }

    /// What stands in `Authorization` for the service at `origin`; `subject` is where its people reach ours.
    ///
    /// # Errors
    /// [`PushSealError`] where the key can't sign, which it could when it was made.
    pub fn authorization(&self, origin: &str, subject: &str, now: Instant) -> Result<String, PushSealError> {
        let expires = now.as_micros() / 1_000_000 + SIGNED_FOR;
        let claims = format!(r#"{{"aud":"{origin}","exp":{expires},"sub":"{subject}"}}"#);
        let head = BASE64URL_NOPAD.encode(br#"{"typ":"JWT","alg":"ES256"}"#);
        let said = format!("{head}.{}", BASE64URL_NOPAD.encode(claims.as_bytes()));
        let pair = EcdsaKeyPair::from_private_key_and_public_key(
            &ECDSA_P256_SHA256_FIXED_SIGNING,
            self.0.as_slice(),
            &self.point(),
        );
        let pair = pair.map_err(|_| PushSealError)?;
        let signature = pair.sign(&SystemRandom::new(), said.as_bytes()).map_err(|_| PushSealError)?;
        let signature = BASE64URL_NOPAD.encode(signature.as_ref());
        Ok(format!("vapid t={said}.{signature}, k={}", self.public()))
    }

    fn point(&self) -> Vec<u8> {
        private(&self.0).map(|key| point(&key)).unwrap_or_default()
    }
}

impl fmt::Debug for VapidKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("VapidKey(…)")
    }
}

/// Whether a text is the public half of such a key.
pub fn is_public_key(text: &str) -> bool {
    let decoded = BASE64URL_NOPAD.decode(text.as_bytes());
    decoded.is_ok_and(|bytes| bytes.len() == POINT && bytes[0] == 4)
}

/// The body for one browser, padded to [`BODY`] bytes.
///
/// # Errors
/// [`PushSealError`]
pub fn seal(to: &Subscription, message: &[u8], randomness: &Randomness) -> Result<Vec<u8>, PushSealError> {
    let own = loop {
        let scalar = Zeroizing::new(randomness.bytes());
        if let Some(key) = private(&scalar) {
            break key;
        }
    };
    let padding = LONGEST.checked_sub(message.len()).ok_or(PushSealError)?;
    sealed(to, message, &own, randomness.bytes(), padding)
}

fn sealed(
    to: &Subscription,
    message: &[u8],
    own: &agreement::PrivateKey,
    salt: [u8; 16],
    padding: usize,
) -> Result<Vec<u8>, PushSealError> {
    let theirs = BASE64URL_NOPAD.decode(to.p256dh().as_bytes()).map_err(|_| PushSealError)?;
    let auth = BASE64URL_NOPAD.decode(to.auth().as_bytes()).map_err(|_| PushSealError)?;
    let own_point = point(own);
    let key = Derived::new(own, &theirs, &auth, &theirs, &own_point, &salt)?;
    let mut text = Zeroizing::new(Vec::with_capacity(message.len() + 1 + padding + TAG));
    text.extend_from_slice(message);
    text.push(2);
    text.resize(message.len() + 1 + padding, 0);
    let nonce = Nonce::assume_unique_for_key(key.nonce);
    key.cipher.seal_in_place_append_tag(nonce, Aad::empty(), &mut *text).map_err(|_| PushSealError)?;
    let mut body = Vec::with_capacity(HEAD + text.len());
    body.extend_from_slice(&salt);
    body.extend_from_slice(&u32::try_from(BODY).unwrap_or(u32::MAX).to_be_bytes());
    body.push(u8::try_from(POINT).unwrap_or(u8::MAX));
    body.extend_from_slice(&own_point);
    body.extend_from_slice(&text);
    Ok(body)
}

/// A browser's half of a subscription, with what opens its messages.
pub struct Subscriber {
    key: agreement::PrivateKey,
    auth: [u8; 16],
}

impl Subscriber {
    /// A new one.
    pub fn new(randomness: &Randomness) -> Self {
        loop {
            let scalar = Zeroizing::new(randomness.bytes());
            if let Some(key) = private(&scalar) {
                return Self { key, auth: randomness.bytes() };
            }
        }
    }

    /// What the browser gives to the page: its public key.
    pub fn p256dh(&self) -> String {
        BASE64URL_NOPAD.encode(&point(&self.key))
    }

    /// And its secret.
    pub fn auth(&self) -> String {
        BASE64URL_NOPAD.encode(&self.auth)
    }

    /// What a body says; nothing where it was not sealed to this browser.
    pub fn open(&self, body: &[u8]) -> Option<Vec<u8>> {
        let (salt, rest) = body.split_first_chunk::<16>()?;
        let (_, rest) = rest.split_first_chunk::<4>()?;
        let (length, rest) = rest.split_first()?;
        let (theirs, ciphertext) = rest.split_at_checked(usize::from(*length))?;
        let key = Derived::new(&self.key, theirs, &self.auth, &point(&self.key), theirs, salt).ok()?;
        let mut text = ciphertext.to_vec();
        let nonce = Nonce::assume_unique_for_key(key.nonce);
        let opened = key.cipher.open_in_place(nonce, Aad::empty(), &mut text).ok()?;
        let end = opened.iter().rposition(|byte| *byte != 0)?;
        (opened[end] == 2).then(|| opened[..end].to_vec())
    }
}

impl fmt::Debug for Subscriber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Subscriber(…)")
    }
}

/// Whether `Authorization` was signed by the key that it names, and what it claims: the stand-in's question.
pub fn claims(authorization: &str) -> Option<Vec<u8>> {
    let (token, key) = authorization.strip_prefix("vapid t=")?.split_once(", k=")?;
    let (said, signature) = token.rsplit_once('.')?;
    let key = BASE64URL_NOPAD.decode(key.as_bytes()).ok()?;
    let signature = BASE64URL_NOPAD.decode(signature.as_bytes()).ok()?;
    let key = aws_lc_rs::signature::UnparsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, key);
    key.verify(said.as_bytes(), &signature).ok()?;
    BASE64URL_NOPAD.decode(said.split_once('.')?.1.as_bytes()).ok()
}

fn private(scalar: &[u8; 32]) -> Option<agreement::PrivateKey> {
    agreement::PrivateKey::from_private_key(&ECDH_P256, scalar).ok()
}

fn point(key: &agreement::PrivateKey) -> Vec<u8> {
    key.compute_public_key().map(|public| public.as_ref().to_vec()).unwrap_or_default()
}

struct Derived {
    cipher: LessSafeKey,
    nonce: [u8; 12],
}

impl Derived {
    /// RFC 8291, section 3.4, and RFC 8188, sections 2.2 and 2.3.
    fn new(
        own: &agreement::PrivateKey,
        theirs: &[u8],
        auth: &[u8],
        browser: &[u8],
        server: &[u8],
        salt: &[u8; 16],
    ) -> Result<Self, PushSealError> {
        let theirs = UnparsedPublicKey::new(&ECDH_P256, theirs);
        agreement::agree(own, theirs, PushSealError, |secret| {
            let info = [b"WebPush: info\0".as_slice(), browser, server].concat();
            let mut key = Zeroizing::new([0; 32]);
            expand(auth, secret, &info, key.as_mut_slice())?;
            let (mut content, mut nonce) = (Zeroizing::new([0; 16]), [0; 12]);
            expand(salt, key.as_slice(), b"Content-Encoding: aes128gcm\0", content.as_mut_slice())?;
            expand(salt, key.as_slice(), b"Content-Encoding: nonce\0", &mut nonce)?;
            let cipher = UnboundKey::new(&AES_128_GCM, content.as_slice()).map_err(|_| PushSealError)?;
            Ok(Self { cipher: LessSafeKey::new(cipher), nonce })
        })
    }
}

/// How many bytes HKDF is asked for.
struct Length(usize);

impl KeyType for Length {
    fn len(&self) -> usize {
        self.0
    }
}

fn expand(salt: &[u8], secret: &[u8], info: &[u8], out: &mut [u8]) -> Result<(), PushSealError> {
    let extracted = Salt::new(HKDF_SHA256, salt).extract(secret);
    let info = [info];
    let okm = extracted.expand(&info, Length(out.len())).map_err(|_| PushSealError)?;
    okm.fill(out).map_err(|_| PushSealError)
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::push::PushServices;
    use proptest::prelude::*;

    fn subscription(p256dh: &str, auth: &str) -> Subscription {
        let services = PushServices::parse(["push.example"]).unwrap();
        Subscription::new("https://push.example/send/1", p256dh, auth, &services).unwrap()
    }

    fn scalar(text: &str) -> agreement::PrivateKey {
        private(&BASE64URL_NOPAD.decode(text.as_bytes()).unwrap().try_into().unwrap()).unwrap()
    }

    /// RFC 8291, section 5 and appendix A.
    #[test]
    fn the_rfcs_example_is_the_rfcs_bytes() {
        let to = subscription(
            "BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4",
            "BTBZMqHH6r4Tts7J_aSIgg",
        );
        let own = scalar("yfWPiYE-n46HLnH0KqZOF1fJJU3MYrct3AELtAQ-oRw");
        let salt = BASE64URL_NOPAD.decode(b"DGv6ra1nlYgDCS1FRnbzlw").unwrap().try_into().unwrap();
        let message = b"When I grow up, I want to be a watermelon";
        let body = sealed(&to, message, &own, salt, 0).unwrap();
        assert_eq!(
            BASE64URL_NOPAD.encode(&body),
            "DGv6ra1nlYgDCS1FRnbzlwAAEABBBP4z9KsN6nGRTbVYI_c7VJSPQTBtkgcy27mlmlMoZIIgDll6e3vCYLocInmYWAmS6TlzAC8w\
             EqKK6PBru3jl7A_yl95bQpu6cVPTpK4Mqgkf1CXztLVBSt2Ks3oZwbuwXPXLWyouBWLVWGNWQexSgSxsj_Qulcy4a-fN"
        );
        let browser = Subscriber {
            key: scalar("q1dXpw3UpT5VOmu_cf_v6ih07Aems3njxI-JWgLcM94"),
            auth: BASE64URL_NOPAD.decode(b"BTBZMqHH6r4Tts7J_aSIgg").unwrap().try_into().unwrap(),
        };
        assert_eq!(browser.open(&body).unwrap(), message);
    }

    proptest! {
        #[test]
        fn every_message_has_one_length_and_opens_for_its_browser_only(seed: u64, message in ".{0,400}") {
            let randomness = Randomness::seeded(seed);
            let (browser, other) = (Subscriber::new(&randomness), Subscriber::new(&randomness));
            let to = subscription(&browser.p256dh(), &browser.auth());
            let body = seal(&to, message.as_bytes(), &randomness).unwrap();
            prop_assert_eq!(body.len(), BODY);
            prop_assert_eq!(browser.open(&body), Some(message.into_bytes()));
            prop_assert_eq!(other.open(&body), None);
        }

        #[test]
        fn no_body_makes_it_panic(body in proptest::collection::vec(any::<u8>(), 0..300)) {
            prop_assert!(Subscriber::new(&Randomness::seeded(1)).open(&body).is_none());
        }
    }

    #[test]
    fn what_cant_be_sealed_is_an_error() {
        let randomness = Randomness::seeded(1);
        let browser = Subscriber::new(&randomness);
        let to = subscription(&browser.p256dh(), &browser.auth());
        assert!(seal(&to, &vec![b'a'; LONGEST], &randomness).is_ok());
        assert_eq!(seal(&to, &vec![b'a'; LONGEST + 1], &randomness), Err(PushSealError));
        let nowhere = subscription(&format!("B{}", "A".repeat(86)), &browser.auth());
        assert_eq!(seal(&nowhere, b"a", &randomness), Err(PushSealError), "no point of the curve");
    }

    /// RFC 8292: for one service, for half a day, by our key.
    #[test]
    fn a_service_knows_us_by_the_signature() {
        let key = VapidKey::new(&Randomness::seeded(1));
        let now = Instant::from_micros(1_790_000_000_000_000);
        let said = key.authorization("https://push.example", "mailto:office@example.jp", now).unwrap();
        assert!(said.ends_with(&key.public()) && is_public_key(&key.public()));
        let claimed = String::from_utf8(claims(&said).unwrap()).unwrap();
        assert_eq!(
            claimed,
            r#"{"aud":"https://push.example","exp":1790043200,"sub":"mailto:office@example.jp"}"#
        );
        let (at, _) = said.split_once(", k=").unwrap();
        let stolen = format!("{at}, k={}", VapidKey::new(&Randomness::seeded(2)).public());
        assert!(claims(&stolen).is_none() && claims("vapid t=a.b.c, k=d").is_none());
    }

    #[test]
    fn a_key_is_read_back_and_never_shown() {
        let key = VapidKey::new(&Randomness::seeded(1));
        assert_eq!(VapidKey::parse(&format!("{}\n", key.expose().as_str())).unwrap().public(), key.public());
        assert_eq!(format!("{key:?}"), "VapidKey(…)");
        for wrong in ["", "AAAA", &"A".repeat(43), &key.public()] {
            assert!(VapidKey::parse(wrong).is_none(), "{wrong}");
        }
    }
}
