//! Tests only: that our HPKE is the RFC's. Its published vector opens, and a second implementation by other
//! people (the `hpke` crate) opens what we seal and seals what we open.

use data_encoding::HEXLOWER;
use domain::check_in::{CheckInNonce, CheckInPlace};
use domain::clock::Instant;
use domain::contact::Contact;
use domain::id::VenueId;
use domain::service_day::ServiceDay;
use hpke::aead::ChaCha20Poly1305;
use hpke::kdf::HkdfSha256;
use hpke::kem::X25519HkdfSha256;
use hpke::{Deserializable, Kem, OpModeR, OpModeS, Serializable};
use proptest::prelude::*;
use zeroize::Zeroizing;

use crate::day_key::{DayOpener, DayPublic, Sealer};
use crate::identity::{Deployment, SigningKey};
use crate::random::Randomness;
use crate::suite::{self, PrivateKey, PublicKey};

fn hex(text: &str) -> Vec<u8> {
    HEXLOWER.decode(text.as_bytes()).unwrap()
}

fn theirs_opens(private: &[u8; 32], info: &[u8], aad: &[u8], sealed: &[u8]) -> Option<Vec<u8>> {
    let private = <X25519HkdfSha256 as Kem>::PrivateKey::from_bytes(private).ok()?;
    let (enc, ciphertext) = sealed.split_at(32);
    let enc = <X25519HkdfSha256 as Kem>::EncappedKey::from_bytes(enc).ok()?;
    hpke::single_shot_open::<ChaCha20Poly1305, HkdfSha256, X25519HkdfSha256>(
        &OpModeR::Base,
        &private,
        &enc,
        info,
        ciphertext,
        aad,
    )
    .ok()
}

fn theirs_seals(public: &[u8; 32], info: &[u8], aad: &[u8], plaintext: &[u8]) -> Vec<u8> {
    let public = <X25519HkdfSha256 as Kem>::PublicKey::from_bytes(public).unwrap();
    let (enc, ciphertext) = hpke::single_shot_seal::<ChaCha20Poly1305, HkdfSha256, X25519HkdfSha256>(
        &OpModeS::Base,
        &public,
        info,
        plaintext,
        aad,
    )
    .unwrap();
    [enc.to_bytes().as_slice(), &ciphertext].concat()
}

/// RFC 9180, appendix A.2.1 and A.2.1.1, sequence number 0.
#[test]
fn the_rfcs_vector_opens() {
    let private = hex("8057991eef8f1f1af18f4a9491d16a1ce333f695d4db8e38da75975c4478e0fb");
    let info = hex("4f6465206f6e2061204772656369616e2055726e");
    let aad = hex("436f756e742d30");
    let mut sealed = hex("1afa08d3dec047a643885163f1180476fa7ddb54c6a8029ea33f95796bf2ac4a");
    sealed.extend(hex(
        "1c5250d8034ec2b784ba2cfd69dbdb8af406cfe3ff938e131f0def8c8b60b4db21993c62ce81883d2dd1b51a28",
    ));
    let private: [u8; 32] = private.try_into().unwrap();
    let ours = PrivateKey::new(&private).open(&info, &aad, &sealed).unwrap();
    assert_eq!(ours.as_slice(), hex("4265617574792069732074727574682c20747275746820626561757479"));
    assert_eq!(ours.as_slice(), b"Beauty is truth, truth beauty");
    assert_eq!(theirs_opens(&private, &info, &aad, &sealed).as_deref(), Some(ours.as_slice()));
    assert!(PrivateKey::new(&private).open(&info, b"Count-1", &sealed).is_none());
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn each_opens_what_the_other_sealed(
        seed: u64, info: Vec<u8>, aad: Vec<u8>, plaintext in proptest::collection::vec(any::<u8>(), 0..600),
    ) {
        let (private, public) = suite::key_pair(&Randomness::seeded(seed));
        let ours = PublicKey::new(public).seal(&info, &aad, &plaintext).unwrap();
        prop_assert_eq!(ours.len(), plaintext.len() + suite::OVERHEAD);
        prop_assert_eq!(theirs_opens(&private, &info, &aad, &ours), Some(plaintext.clone()));
        let theirs = theirs_seals(&public, &info, &aad, &plaintext);
        prop_assert_eq!(theirs.len(), ours.len());
        let opened = PrivateKey::new(&private).open(&info, &aad, &theirs).unwrap();
        prop_assert_eq!(opened.as_slice(), plaintext.as_slice());
    }
}

/// The format of a sealed contact, byte by byte: another program could read it from this test alone.
#[test]
fn a_sealed_contact_is_what_the_documentation_says() {
    let osaka = Deployment::parse("osaka").unwrap();
    let day = ServiceDay::parse("2026-11-22").unwrap();
    let place = CheckInPlace {
        day,
        venue: VenueId::from_stored(0x0001_0203_0405_0607),
        at: Instant::from_micros(0x1011_1213_1415_1617),
        nonce: CheckInNonce::from_stored(&[0xAB; 16]).unwrap(),
    };
    let aad =
        [b"\x05osaka2026-11-22".as_slice(), &hex("0001020304050607"), &hex("1011121314151617"), &[0xAB; 16]]
            .concat();
    let mut plain = b"\x01\x01\x02ja\x00\x0Ftaro@example.jp".to_vec();
    plain.resize(64, 0);

    let signing = SigningKey::from_seed(&Zeroizing::new([1; 32])).unwrap();
    let (private, public) = suite::key_pair(&Randomness::seeded(1));
    let sealer = Sealer::new(osaka.clone(), signing.verifying_key());
    let sealer = sealer.open_day(&DayPublic::sign(&osaka, day, public, &signing)).unwrap();
    let sealed = sealer.seal(&Contact::email("taro@example.jp").unwrap(), "ja", &place).unwrap();
    let info = b"tadori/v1/contact/2026-11-22";
    assert_eq!(theirs_opens(&private, info, &aad, &sealed), Some(plain.clone()));

    let theirs = theirs_seals(&public, info, &aad, &plain);
    let opened = DayOpener::new(osaka, day, &private).open(&place, &theirs).unwrap();
    assert_eq!((opened.contact.expose(), opened.language.as_str()), ("taro@example.jp", "ja"));
}
