//! Which addresses are of the open internet: what a service's name leads to is asked anew at each connection, for
//! names can be made to lead inside the house.

use std::net::IpAddr;

/// Whether an address belongs to the open internet.
pub(crate) fn is_public(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(four) => {
            let [a, b, c, _] = four.octets();
            let special = match (a, b) {
                (0 | 10 | 127, _) | (169, 254) | (192, 168) => true,
                (100, 64..=127) | (172, 16..=31) | (198, 18 | 19) => true,
                (192, 0) => c == 0 || c == 2,
                (198, 51) => c == 100,
                (203, 0) => c == 113,
                (224.., _) => true,
                _ => false,
            };
            !special
        }
        IpAddr::V6(six) => {
            if let Some(four) = six.to_ipv4_mapped() {
                return is_public(IpAddr::V4(four));
            }
            let [first, second, ..] = six.segments();
            // Only 2000::/3 is given out; of it documentation, and the tunnels that wrap an IPv4 address, are not.
            let given_out = first & 0xe000 == 0x2000;
            let special = first == 0x2002 || (first == 0x2001 && (second < 0x200 || second == 0xdb8));
            given_out && !special
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_isnt_the_open_internet_is_known() {
        let public = |text: &str| is_public(text.parse().unwrap());
        for inside in [
            "0.0.0.0",
            "10.1.2.3",
            "100.64.0.1",
            "127.0.0.1",
            "169.254.1.1",
            "172.16.0.1",
            "172.31.255.255",
            "192.168.0.1",
            "192.0.2.1",
            "198.18.0.1",
            "203.0.113.9",
            "224.0.0.1",
            "255.255.255.255",
            "::",
            "::1",
            "fe80::1",
            "fc00::1",
            "fd12::1",
            "ff02::1",
            "2001:db8::1",
            "::ffff:127.0.0.1",
            "::ffff:10.0.0.1",
            "64:ff9b::7f00:1",
            "2002:7f00:1::",
            "2001::1",
        ] {
            assert!(!public(inside), "{inside}");
        }
        for outside in
            ["8.8.8.8", "172.32.0.1", "100.128.0.1", "192.0.1.1", "2600:1900::1", "2404:6800:4004::1"]
        {
            assert!(public(outside), "{outside}");
        }
    }
}
