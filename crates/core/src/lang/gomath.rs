//! Go's `math.Pow`, `math.Exp` and `math.Log` as amd64 runs them, which round differently from the C library's.

/// Fraction in `[0.5, 1)` and exponent.
pub(crate) fn frexp(x: f64) -> (f64, i64) {
    if x == 0.0 || !x.is_finite() {
        return (x, 0);
    }
    let (scaled, shift) = if x.is_normal() { (x, 0) } else { (x * 2_f64.powi(52), -52) };
    let bits = scaled.to_bits();
    let exponent = i64::try_from((bits >> 52) & 0x7ff).unwrap_or(0) - 1022;
    (f64::from_bits((bits & !(0x7ff << 52)) | (1022 << 52)), exponent + shift)
}

/// `x * 2^exponent`
pub(crate) fn ldexp(x: f64, exponent: i64) -> f64 {
    let mut left = i32::try_from(exponent.clamp(-5_000, 5_000)).unwrap_or(0);
    let mut out = x;
    while left != 0 {
        let step = left.clamp(-1_000, 1_000);
        out *= 2_f64.powi(step);
        left -= step;
    }
    out
}

/// `math.Log`: FreeBSD's series on the fraction between sqrt(1/2) and sqrt(2).
pub(crate) fn log(x: f64) -> f64 {
    const LN2_HI: f64 = f64::from_bits(0x3fe6_2e42_fee0_0000);
    const LN2_LO: f64 = f64::from_bits(0x3dea_39ef_3579_3c76);
    const ODD: [f64; 4] = [
        f64::from_bits(0x3fc2_f112_df3e_5244),
        f64::from_bits(0x3fc7_4664_96cb_03de),
        f64::from_bits(0x3fd2_4924_9422_9359),
        f64::from_bits(0x3fe5_5555_5555_5593),
    ];
    const EVEN: [f64; 3] =
        [f64::from_bits(0x3fc3_9a09_d078_c69f), f64::from_bits(0x3fcc_71c5_1d8e_78af), f64::from_bits(0x3fd9_9999_9997_fa04)];
    if !x.is_finite() || x <= 0.0 {
        return x.ln();
    }
    // amd64 reads the exponent's bits, which loses what a denormal number is.
    let mut exponent = ((x.to_bits() >> 52) & 0x7ff) as f64 - 1022.0;
    let mut fraction = f64::from_bits((x.to_bits() & 0x000f_ffff_ffff_ffff) | 0x3fe0_0000_0000_0000);
    if fraction < std::f64::consts::FRAC_1_SQRT_2 {
        exponent -= 1.0;
        fraction *= 2.0;
    }
    let f = fraction - 1.0;
    let s = f / (2.0 + f);
    let square = s * s;
    let fourth = square * square;
    let series = |factors: &[f64]| factors.iter().copied().reduce(|sum, factor| sum * fourth + factor).unwrap_or(0.0);
    let rest = square * series(&ODD) + fourth * series(&EVEN);
    let half = 0.5 * f * f;
    exponent * LN2_HI - ((half - (s * (half + rest) + exponent * LN2_LO)) - f)
}

/// `math.Exp`: Shibata's method, with fused multiplications as every amd64 of today has them.
pub(crate) fn exp(x: f64) -> f64 {
    const LN2_UPPER: f64 = f64::from_bits(0x3fe6_2e42_fefa_3000);
    const LN2_LOWER: f64 = f64::from_bits(0x3d53_de6a_f278_ece6);
    const OVERFLOW: f64 = 7.097_827_128_933_84e+02;
    /// One over the factorials, the largest first.
    const TAYLOR: [f64; 8] = [1.0 / 40_320.0, 1.0 / 5_040.0, 1.0 / 720.0, 1.0 / 120.0, 1.0 / 24.0, 1.0 / 6.0, 0.5, 1.0];
    if !x.is_finite() || x > OVERFLOW {
        return x.exp();
    }
    let exponent = (std::f64::consts::LOG2_E * x).round_ties_even();
    if exponent < -1100.0 {
        return 0.0;
    }
    let reduced = (-exponent).mul_add(LN2_LOWER, (-exponent).mul_add(LN2_UPPER, x)) * 0.0625;
    let mut sum = reduced * TAYLOR.iter().copied().reduce(|sum, factor| sum.mul_add(reduced, factor)).unwrap_or(0.0);
    // exp(x) - 1 is squared its way up from a sixteenth of x.
    for _ in 0..3 {
        sum *= sum + 2.0;
    }
    let whole = sum.mul_add(sum + 2.0, 1.0);
    scale(whole, exponent as i64)
}

/// `fraction * 2^exponent`, rounded as `math.Exp` rounds what is too small to be normal.
fn scale(fraction: f64, exponent: i64) -> f64 {
    let power = |biased: i64| f64::from_bits((biased as u64) << 52);
    match exponent + 1023 {
        2047.. => f64::INFINITY,
        biased @ 1.. => fraction * power(biased),
        biased if biased < -52 => 0.0,
        biased => fraction * power(biased + 1022) * power(1),
    }
}

/// `math.Pow`
#[allow(clippy::cast_possible_truncation)]
pub(crate) fn pow(x: f64, y: f64) -> f64 {
    // Special values are the same everywhere.
    if !x.is_finite() || !y.is_finite() || x == 0.0 || y == 0.0 || y.abs() >= 9.0e18 {
        return x.powf(y);
    }
    let (mut whole, mut fraction) = (y.abs().trunc(), y.abs().fract());
    if fraction != 0.0 && x < 0.0 {
        return f64::NAN;
    }
    let (mut result, mut result_exponent) = (1.0, 0_i64);
    if fraction != 0.0 {
        if fraction > 0.5 {
            fraction -= 1.0;
            whole += 1.0;
        }
        result = exp(fraction * log(x));
    }
    if x == 1.0 || (y == 0.5 && x > 0.0) || (y == -0.5 && x > 0.0) {
        return if x == 1.0 {
            1.0
        } else if y > 0.0 {
            x.sqrt()
        } else {
            1.0 / x.sqrt()
        };
    }
    let (mut square, mut exponent) = frexp(x);
    let mut bits = whole as i64;
    while bits != 0 {
        if exponent.abs() > 1 << 12 {
            // Too large or too small by now; which of them is all that matters.
            result_exponent += exponent;
            break;
        }
        if bits & 1 == 1 {
            result *= square;
            result_exponent += exponent;
        }
        square *= square;
        exponent <<= 1;
        if square < 0.5 {
            square += square;
            exponent -= 1;
        }
        bits >>= 1;
    }
    if y < 0.0 {
        result = 1.0 / result;
        result_exponent = -result_exponent;
    }
    ldexp(result, result_exponent)
}
