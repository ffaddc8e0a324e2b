//! Addresses and networks, as `10.0.0.0/8`.

use std::net::IpAddr;
use std::str::FromStr;

/// A range of addresses.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Network {
    address: u128,
    is_v4: bool,
    /// The bits of `address` that count.
    bits: u32,
}

impl Network {
    /// Whether an address lies in it.
    pub fn contains(&self, address: IpAddr) -> bool {
        let (address, is_v4) = number(address);
        let rest = width(is_v4) - self.bits.min(width(is_v4));
        is_v4 == self.is_v4 && shifted(address, rest) == shifted(self.address, rest)
    }
}

impl FromStr for Network {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        const FORM: &str = "is neither an address nor a network, as `10.0.0.7` or `10.0.0.0/8`";
        let (address, bits) = text
            .split_once('/')
            .map_or((text, None), |(address, bits)| (address, Some(bits)));
        let (address, is_v4) = number(address.parse().map_err(|_| FORM)?);
        let bits = bits.map_or(Ok(width(is_v4)), str::parse).map_err(|_| FORM)?;
        if bits > width(is_v4) {
            return Err(FORM);
        }
        Ok(Self { address, is_v4, bits })
    }
}

fn number(address: IpAddr) -> (u128, bool) {
    match address.to_canonical() {
        IpAddr::V4(address) => (u128::from(address.to_bits()), true),
        IpAddr::V6(address) => (address.to_bits(), false),
    }
}

fn width(is_v4: bool) -> u32 {
    if is_v4 { 32 } else { 128 }
}

fn shifted(number: u128, bits: u32) -> u128 {
    number.checked_shr(bits).unwrap_or(0)
}
