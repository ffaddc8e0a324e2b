//! `numeric` as it stands on the wire: digits to the base of ten thousand, with the place of the first one.

use groma_plan::Cell;

const POSITIVE: u16 = 0x0000;
const NEGATIVE: u16 = 0x4000;

/// A number from the wire. One of more than 64 bits is as many units as a double holds; what is no number, or endless,
/// is nothing.
pub(super) fn read(bytes: &[u8]) -> Cell<'static> {
    parts(bytes).and_then(|parts| parts.cell()).unwrap_or(Cell::Null)
}

struct Parts {
    /// The place of the first digit.
    weight: i32,
    is_negative: bool,
    /// Digits after the point, to the base of ten.
    scale: u8,
    digits: Vec<u16>,
}

fn parts(bytes: &[u8]) -> Option<Parts> {
    let (head, rest) = bytes.split_first_chunk::<8>()?;
    let [c1, c2, w1, w2, s1, s2, d1, d2] = *head;
    let count = usize::from(u16::from_be_bytes([c1, c2]));
    let (pairs, left) = rest.as_chunks::<2>();
    let digits: Vec<u16> = pairs.iter().map(|pair| u16::from_be_bytes(*pair)).collect();
    let is_whole = digits.len() == count && left.is_empty() && digits.iter().all(|digit| *digit < 10_000);
    let is_negative = match u16::from_be_bytes([s1, s2]) {
        POSITIVE => false,
        NEGATIVE => true,
        _ => return None,
    };
    is_whole.then_some(Parts {
        weight: i32::from(i16::from_be_bytes([w1, w2])),
        is_negative,
        scale: u8::try_from(u16::from_be_bytes([d1, d2])).ok()?,
        digits,
    })
}

impl Parts {
    fn cell(&self) -> Option<Cell<'static>> {
        if let Some(units) = self.units() {
            let scale = self.scale;
            return Some(Cell::Decimal { units, scale });
        }
        let mut digits = String::with_capacity(self.digits.len() * 4);
        for digit in &self.digits {
            digits.extend(
                [1_000, 100, 10, 1]
                    .map(|unit| char::from(b'0' + u8::try_from(digit / unit % 10).unwrap_or(0))),
            );
        }
        let sign = if self.is_negative { "-" } else { "" };
        let units: f64 = format!("{sign}{digits}e{}", self.exponent()?).parse().ok()?;
        units.is_finite().then_some(Cell::Float(units))
    }

    /// By which power of ten the digits, read as one number, must be multiplied to be units.
    fn exponent(&self) -> Option<i32> {
        let after = self.weight + 1 - i32::try_from(self.digits.len()).ok()?;
        Some(4 * after + i32::from(self.scale))
    }

    fn units(&self) -> Option<i64> {
        let number = self.digits.iter().try_fold(0_i128, |number, digit| {
            number.checked_mul(10_000)?.checked_add(i128::from(*digit))
        })?;
        let exponent = self.exponent()?;
        let units = match u32::try_from(exponent) {
            _ if number == 0 => 0,
            Ok(exponent) => number.checked_mul(10_i128.checked_pow(exponent)?)?,
            // Digits beyond the scale are zeros that fill the last group.
            Err(_) => {
                let unit = 10_i128.checked_pow(exponent.unsigned_abs())?;
                (number % unit == 0).then_some(number / unit)?
            }
        };
        i64::try_from(if self.is_negative { -units } else { units }).ok()
    }
}

/// A number for the wire.
pub(super) fn write(units: i64, scale: u8) -> Vec<u8> {
    // The digits after the point fill whole groups of four.
    let after = u32::from(scale).div_ceil(4);
    let filled = i128::from(units) * 10_i128.pow(after * 4 - u32::from(scale));
    let mut rest = filled.unsigned_abs();
    let mut digits: Vec<u16> = Vec::with_capacity(8);
    let mut weight = -i32::try_from(after).unwrap_or(0) - 1;
    while rest > 0 {
        digits.push(u16::try_from(rest % 10_000).unwrap_or(0));
        rest /= 10_000;
        weight += 1;
    }
    digits.reverse();
    if digits.is_empty() {
        weight = 0;
    }
    while digits.last() == Some(&0) {
        digits.pop();
    }
    let count = u16::try_from(digits.len()).unwrap_or(0);
    let weight = i16::try_from(weight).unwrap_or(0);
    let sign = if units < 0 { NEGATIVE } else { POSITIVE };
    let mut out = Vec::with_capacity(8 + digits.len() * 2);
    out.extend_from_slice(&count.to_be_bytes());
    out.extend_from_slice(&weight.to_be_bytes());
    out.extend_from_slice(&sign.to_be_bytes());
    out.extend_from_slice(&u16::from(scale).to_be_bytes());
    out.extend(digits.iter().flat_map(|digit| digit.to_be_bytes()));
    out
}
