use super::super::panic::caught;

#[tokio::test]
async fn a_panic_becomes_its_message() {
    assert_eq!(caught(async { 1 }).await, Ok(1));
    let late = async {
        tokio::task::yield_now().await;
        panic!("number {}", 2)
    };
    assert_eq!(caught::<()>(late).await, Err("number 2".to_owned()));
    assert_eq!(
        caught::<()>(async { panic!("plain") }).await,
        Err("plain".to_owned())
    );
}
