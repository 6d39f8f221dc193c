//! `Math.pow` and `**` to the last bit, as V8 computes them.
//!
//! V8 takes Sun's method (a logarithm and an exponential in two parts each, fdlibm's `e_pow`) but divides the last
//! quotient by one term more, so every 25th result differs in its last bit from that of a C library.

/// Odd terms of the logarithm, of degree 3 to 13.
const LOG: [f64; 6] = [
    5.999_999_999_999_946e-1,
    4.285_714_285_785_502e-1,
    3.333_333_298_183_774_3e-1,
    2.727_281_238_085_34e-1,
    2.306_607_457_755_617_5e-1,
    2.069_750_178_003_384_2e-1,
];
/// Terms of the exponential.
const EXP: [f64; 5] = [
    1.666_666_666_666_660_2e-1,
    -2.777_777_777_701_559_3e-3,
    6.613_756_321_437_934e-5,
    -1.653_390_220_546_525_2e-6,
    4.138_136_797_057_238_5e-8,
];
/// log2(1.5) in two parts.
const LOG2_OF_1_5: (f64, f64) = (f64::from_bits(0x3fe2_b803_4000_0000), 1.350_039_202_129_749e-8);
/// ln 2, and the same in two parts.
const LN2: (f64, f64, f64) =
    (f64::from_bits(0x3fe6_2e42_fefa_39ef), f64::from_bits(0x3fe6_2e43_0000_0000), f64::from_bits(0xbe20_5c61_0ca8_6c39));
/// 2/(3 ln 2), and the same in two parts.
const TWO_THIRDS: (f64, f64, f64) =
    (f64::from_bits(0x3fee_c709_dc3a_03fd), f64::from_bits(0x3fee_c709_e000_0000), f64::from_bits(0xbe3e_2fe0_145b_01f5));
/// 1/ln 2, and the same in two parts.
const INVERSE_LN2: (f64, f64, f64) =
    (f64::from_bits(0x3ff7_1547_652b_82fe), f64::from_bits(0x3ff7_1547_6000_0000), f64::from_bits(0x3e54_ae0b_f85d_df44));
/// How much a logarithm of 1024 may go over before its power overflows.
const OVER: f64 = 8.008_566_259_537_294e-17;

fn high(x: f64) -> i32 {
    (x.to_bits() >> 32) as i32
}

fn with_high(x: f64, word: i32) -> f64 {
    f64::from_bits((x.to_bits() & 0xffff_ffff) | (u64::from(word as u32) << 32))
}

/// Without the lower half of its bits.
fn chop(x: f64) -> f64 {
    f64::from_bits(x.to_bits() & 0xffff_ffff_0000_0000)
}

/// `base ** exponent`; differs from IEEE at 1 and infinity.
pub(crate) fn power(base: f64, exponent: f64) -> f64 {
    if exponent == 0.0 {
        return 1.0;
    }
    if base.is_nan() || exponent.is_nan() {
        return f64::NAN;
    }
    let size = base.abs();
    if exponent.is_infinite() {
        return match size == 1.0 {
            true => f64::NAN,
            false if (size > 1.0) == (exponent > 0.0) => f64::INFINITY,
            false => 0.0,
        };
    }
    if exponent == 1.0 {
        return base;
    }
    if exponent == -1.0 {
        return 1.0 / base;
    }
    if exponent == 2.0 {
        return base * base;
    }
    if exponent == 0.5 && base.is_sign_positive() {
        return base.sqrt();
    }
    let whole = exponent.trunc() == exponent;
    let sign = if base.is_sign_negative() && whole && exponent % 2.0 != 0.0 { -1.0 } else { 1.0 };
    if size == 0.0 || size == 1.0 || size.is_infinite() {
        let result = if exponent < 0.0 { 1.0 / size } else { size };
        return if base < 0.0 && size == 1.0 && !whole { f64::NAN } else { sign * result };
    }
    if base < 0.0 && !whole { f64::NAN } else { general(size, exponent, sign) }
}

/// Of a positive base that is nothing special.
fn general(size: f64, exponent: f64, sign: f64) -> f64 {
    let (x, y) = (high(size), high(exponent) & 0x7fff_ffff);
    let extreme = |large: bool| if large == (exponent > 0.0) { f64::INFINITY } else { 0.0 };
    let log = if y > 0x41e0_0000 {
        if y > 0x43f0_0000 {
            return extreme(x >= 0x3ff0_0000);
        }
        if !(0x3fef_ffff..=0x3ff0_0000).contains(&x) {
            return sign * extreme(x > 0x3ff0_0000);
        }
        log2_near_one(size)
    } else {
        log2(size)
    };
    let exponent_head = chop(exponent);
    let low = (exponent - exponent_head) * log.0 + exponent * log.1;
    let head = exponent_head * log.0;
    let sum = low + head;
    if sum >= 1024.0 && (sum > 1024.0 || low + OVER > sum - head) {
        return sign * f64::INFINITY;
    }
    if sum <= -1075.0 && (sum < -1075.0 || low <= sum - head) {
        return sign * 0.0;
    }
    sign * exp2(head, low, sum)
}

/// The logarithm to base 2, in two parts.
fn log2(size: f64) -> (f64, f64) {
    let (mut size, mut shift) = (size, 0);
    if high(size) < 0x0010_0000 {
        size *= 9_007_199_254_740_992.0;
        shift = -53;
    }
    let word = high(size);
    shift += (word >> 20) - 0x3ff;
    let fraction = word & 0x000f_ffff;
    let mut word = fraction | 0x3ff0_0000;
    // Up to the root of 3/2, of 3, and above.
    let upper = fraction > 0x3988e && fraction < 0xbb67a;
    if fraction >= 0xbb67a {
        shift += 1;
        word -= 0x0010_0000;
    }
    let size = with_high(size, word);
    let (center, log_head, log_tail) = if upper { (1.5, LOG2_OF_1_5.0, LOG2_OF_1_5.1) } else { (1.0, 0.0, 0.0) };

    // (size - center) / (size + center) in two parts.
    let difference = size - center;
    let inverse = 1.0 / (size + center);
    let ratio = difference * inverse;
    let head = chop(ratio);
    let divisor = with_high(0.0, ((word >> 1) | 0x2000_0000) + 0x0008_0000 + (i32::from(upper) << 18));
    let rest = size - (divisor - center);
    let tail = inverse * ((difference - head * divisor) - head * rest);

    let square = ratio * ratio;
    let [a, b, c, d, e, f] = LOG;
    let mut series = square * square * (a + square * (b + square * (c + square * (d + square * (e + square * f)))));
    series += tail * (head + ratio);
    let square = head * head;
    let sum = chop(3.0 + square + series);
    let lost = series - ((sum - 3.0) - square);
    let (u, v) = (head * sum, tail * sum + lost * ratio);
    let product = chop(u + v);
    let lost = v - (product - u);
    let high_part = TWO_THIRDS.1 * product;
    let low_part = TWO_THIRDS.2 * product + lost * TWO_THIRDS.0 + log_tail;
    let shift = f64::from(shift);
    let first = chop(((high_part + low_part) + log_head) + shift);
    (first, low_part - (((first - shift) - log_head) - high_part))
}

/// The same within 2^-20 of one, where few terms do.
fn log2_near_one(size: f64) -> (f64, f64) {
    let t = size - 1.0;
    let w = (t * t) * (0.5 - t * (0.333_333_333_333_333_3 - t * 0.25));
    let (u, v) = (INVERSE_LN2.1 * t, t * INVERSE_LN2.2 - w * INVERSE_LN2.0);
    let first = chop(u + v);
    (first, v - (first - u))
}

/// 2 to the power of `head + low`, whose sum is given.
fn exp2(head: f64, low: f64, sum: f64) -> f64 {
    let (mut head, mut shift) = (head, 0);
    let word = high(sum);
    if word & 0x7fff_ffff > 0x3fe0_0000 {
        let places = ((word & 0x7fff_ffff) >> 20) - 0x3ff;
        let nearest = word.wrapping_add(0x0010_0000 >> (places + 1));
        let places = ((nearest & 0x7fff_ffff) >> 20) - 0x3ff;
        head -= with_high(0.0, nearest & !(0x000f_ffff >> places));
        shift = ((nearest & 0x000f_ffff) | 0x0010_0000) >> (20 - places);
        if word < 0 {
            shift = -shift;
        }
    }
    let t = chop(low + head);
    let u = t * LN2.1;
    let v = (low - (t - head)) * LN2.0 + t * LN2.2;
    let z = u + v;
    let w = v - (z - u);
    let square = z * z;
    let [a, b, c, d, e] = EXP;
    let series = z - square * (a + square * (b + square * (c + square * (d + square * e))));
    let quotient = (z * series) / ((series - 2.0) - (w + z * w));
    let result = 1.0 - (quotient - z);
    let word = high(result) + (shift << 20);
    if word >> 20 <= 0 {
        // The first product is exact, so the result is rounded once.
        let exact = with_high(result, high(result) + ((shift + 54) << 20));
        return exact * f64::from_bits(0x3c90_0000_0000_0000);
    }
    with_high(result, word)
}

#[cfg(test)]
mod tests {
    use super::power;

    /// What Node 20 prints.
    #[test]
    fn gives_what_v8_gives() {
        let cases = [
            (1e21, -3.0, 9.999999999999999e-64),
            (12345678901234567000.0, -3.0, 5.314410143489074e-58),
            (10.0, -4.0, 9.999999999999999e-5),
            (10.0, 308.0, 1e308),
            (519.0, 8.0, 5.264278569981638e21),
            (2.0, -1074.0, 5e-324),
            (-8.0, 3.0, -512.0),
            (-0.0, -3.0, f64::NEG_INFINITY),
            (0.9999999999, 1e10, 0.36787941071456814),
        ];
        for (base, exponent, result) in cases {
            assert_eq!(power(base, exponent), result, "{base} ** {exponent}");
        }
        for (base, exponent) in [(1.0, f64::INFINITY), (-8.0, 0.5), (f64::NAN, 1.0)] {
            assert!(power(base, exponent).is_nan(), "{base} ** {exponent}");
        }
    }
}
