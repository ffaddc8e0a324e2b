use std::sync::Arc;
use std::time::Duration;

use tokio::time::timeout;

use super::super::crowd::Crowd;

const SOON: Duration = Duration::from_millis(50);

#[tokio::test]
async fn whoever_rests_longest_makes_room() {
    let crowd = Arc::new(Crowd::new());
    let [silent, resting, working] = [crowd.join(), crowd.join(), crowd.join()];
    resting.watch.at_work();
    working.watch.at_work();
    tokio::time::sleep(Duration::from_millis(5)).await;
    resting.owes(0);
    crowd.make_room();
    assert_eq!(timeout(SOON, silent.watch.told()).await, Ok(true));
    drop(silent);
    crowd.make_room();
    assert_eq!(
        timeout(SOON, resting.watch.told()).await,
        Ok(false),
        "it may have got a request meanwhile"
    );
    drop(resting);
    crowd.make_room();
    assert!(timeout(SOON, working.watch.told()).await.is_err());
}

#[tokio::test]
async fn whoever_leaves_most_of_an_answer_is_cut_off_when_too_much_waits() {
    let crowd = Arc::new(Crowd::new());
    let half = 130 * 1024 * 1024;
    let [reading, small, large] = [crowd.join(), crowd.join(), crowd.join()];
    small.owes(1000);
    small.watch.has_written(None);
    large.owes(half);
    large.watch.has_written(None);
    reading.owes(half);
    assert_eq!(timeout(SOON, large.watch.told()).await, Ok(true));
    assert!(timeout(SOON, small.watch.told()).await.is_err());
    assert!(timeout(SOON, reading.watch.told()).await.is_err());
    drop(large);
    reading.has_flushed();
    reading.owes(half);
    assert!(
        timeout(SOON, small.watch.told()).await.is_err(),
        "what was sent still counts"
    );
}
