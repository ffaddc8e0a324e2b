//! Keys that are well-formed and must not be trusted all the same.

/// The encodings of the points of order 1, 2, 4 and 8 on edwards25519, canonical or not.
///
/// For such a "public key" a signature over any message can be found without a private key.
const SMALL_ORDER: [[u8; 32]; 7] = [
    ends(0x00, 0x00, 0x00),
    ends(0x01, 0x00, 0x00),
    ends(0xec, 0xff, 0x7f),
    ends(0xed, 0xff, 0x7f),
    ends(0xee, 0xff, 0x7f),
    [
        0x26, 0xe8, 0x95, 0x8f, 0xc2, 0xb2, 0x27, 0xb0, 0x45, 0xc3, 0xf4, 0x89, 0xf2, 0xef, 0x98, 0xf0, 0xd5,
        0xdf, 0xac, 0x05, 0xd3, 0xc6, 0x33, 0x39, 0xb1, 0x38, 0x02, 0x88, 0x6d, 0x53, 0xfc, 0x05,
    ],
    [
        0xc7, 0x17, 0x6a, 0x70, 0x3d, 0x4d, 0xd8, 0x4f, 0xba, 0x3c, 0x0b, 0x76, 0x0d, 0x10, 0x67, 0x0f, 0x2a,
        0x20, 0x53, 0xfa, 0x2c, 0x39, 0xcc, 0xc6, 0x4e, 0xc7, 0xfd, 0x77, 0x92, 0xac, 0x03, 0x7a,
    ],
];

const fn ends(first: u8, middle: u8, last: u8) -> [u8; 32] {
    let mut bytes = [middle; 32];
    let [head, .., tail] = &mut bytes;
    *head = first;
    *tail = last;
    bytes
}

/// Whether an Ed25519 public key is a point of small order. The top bit, the sign of x, does not matter.
pub(super) fn is_small_order(point: &[u8]) -> bool {
    let same = |known: &[u8; 32]| {
        let (Some((last, head)), Some((known_last, known_head))) = (point.split_last(), known.split_last())
        else {
            return false;
        };
        head == known_head && last & 0x7f == *known_last
    };
    SMALL_ORDER.iter().any(same)
}

/// Refuses an RSA key that is too short, too long to be honest, or known to be breakable.
pub(super) fn check_rsa(modulus: &[u8], exponent: &[u8]) -> Result<(), &'static str> {
    let bits = bit_length(modulus);
    if bits < 2048 {
        return Err("its modulus has fewer than 2048 bits");
    }
    if bits > 8192 {
        return Err("its modulus has more than 8192 bits");
    }
    let odd = |number: &[u8]| number.last().is_some_and(|byte| byte & 1 == 1);
    if !odd(modulus) || !odd(exponent) || exponent == [1] || bit_length(exponent) > 33 {
        return Err("its numbers are not those of an RSA key");
    }
    if has_roca_fingerprint(modulus) {
        return Err("it comes from a chip whose keys can be factored (ROCA, CVE-2017-15361)");
    }
    Ok(())
}

fn bit_length(number: &[u8]) -> usize {
    match number.split_first() {
        None => 0,
        Some((0, rest)) => bit_length(rest),
        Some((first, rest)) => rest.len() * 8 + (8 - first.leading_zeros() as usize),
    }
}

/// The flawed generator makes primes of the form k·M + 65537^a mod M with M a product of small primes: modulo each of
/// them the modulus is a power of 65537. A sound modulus passes all of these tests with a chance below 2^-27.
fn has_roca_fingerprint(modulus: &[u8]) -> bool {
    const PRIMES: [u32; 17] = [
        11, 13, 17, 19, 37, 53, 61, 71, 73, 79, 97, 103, 107, 109, 127, 151, 157,
    ];
    PRIMES
        .iter()
        .all(|prime| is_power_of_65537(remainder(modulus, *prime), *prime))
}

fn remainder(number: &[u8], divisor: u32) -> u32 {
    number
        .iter()
        .fold(0, |rest, byte| (rest * 256 + u32::from(*byte)) % divisor)
}

fn is_power_of_65537(value: u32, prime: u32) -> bool {
    let mut power = 1;
    for _ in 0..prime {
        if power == value {
            return true;
        }
        power = power * (65_537 % prime) % prime;
    }
    false
}
