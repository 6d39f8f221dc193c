//! Go's `math.Pow`, which rounds differently from the C library's.

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
        result = (fraction * x.ln()).exp();
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
