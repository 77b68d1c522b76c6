use super::*;

#[test]
fn pauses_double_up_to_a_minute() {
    let seconds: Vec<f64> = [1, 2, 3, 8, 100, u32::MAX]
        .map(|count| pause(count, 0.5).as_secs_f64())
        .to_vec();
    assert_eq!(seconds, [0.5, 1.0, 2.0, 60.0, 60.0, 60.0]);
}

#[test]
fn chance_spreads_them() {
    assert!(pause(3, 0.0) < pause(3, 1.0));
    assert_eq!(pause(1, -5.0), pause(1, 0.0), "chance is kept within its bounds");
}
