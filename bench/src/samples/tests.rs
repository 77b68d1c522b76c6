use super::*;

fn samples(all: &[f64]) -> Samples {
    all.iter().copied().collect()
}

#[test]
fn the_median_is_the_middle_one_whatever_the_order() {
    assert_eq!(samples(&[9.0, 1.0, 5.0]).median().value(), Some(5.0));
    assert_eq!(samples(&[4.0, 1.0, 100.0, 2.0]).median().value(), Some(3.0));
    assert_eq!(samples(&[7.0]).median().value(), Some(7.0));
    assert_eq!(samples(&[]).median().value(), None);
}

#[test]
fn a_percentile_is_one_of_the_samples() {
    let hundred: Samples = (1..=100).rev().map(f64::from).collect();
    assert_eq!(hundred.percentile(99.0).value(), Some(99.0));
    assert_eq!(hundred.percentile(100.0).value(), Some(100.0));
    assert_eq!(hundred.percentile(0.0).value(), Some(1.0));
    assert_eq!(samples(&[3.0, 8.0]).percentile(99.0).value(), Some(8.0));
    assert_eq!(samples(&[]).percentile(99.0).value(), None);
}

#[test]
fn a_reading_says_how_many_samples_it_stands_for() {
    assert_eq!(
        samples(&[1.0, 2.0, 3.0]).median(),
        Reading::Value {
            value: 2.0,
            samples: 3
        }
    );
}

#[test]
fn numbers_keep_three_digits_that_mean_something() {
    assert_eq!(Unit::Millis.show(1234.5), "1234 ms");
    assert_eq!(Unit::Millis.show(98.76), "98.8 ms");
    assert_eq!(Unit::Megabytes.show(3.456), "3.46 MB");
    assert_eq!(Unit::PercentOfCore.show(0.1234), "0.123 %");
    assert_eq!(Unit::Count.show(50.0), "50");
}
