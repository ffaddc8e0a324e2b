//! The examples of RFC 7515 (appendix A) and RFC 8037 (appendix A).

use serde_json::{Value, json};

use super::super::claims::Requirements;
use super::super::compact::Compact;
use super::super::keys::KeySet;
use super::super::{JwkSet, Secret, base64url};
use super::*;

const CLAIMS: &str =
    "eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ";

/// What one key says of a token, claims aside.
fn verifies(keys: &KeySet, token: &str) -> Result<(), Reason> {
    let compact = Compact::parse(token.as_bytes())?;
    keys.find(&compact.header)?.verify(&compact)
}

#[track_caller]
fn check(key: &Value, token: &str) {
    let set = JwkSet::parse(json!({ "keys": [key] }).to_string().as_bytes()).unwrap();
    let (keys, skipped) = KeySet::public(&set, &Algorithm::ALL);
    assert!(skipped.is_empty(), "{skipped:?}");
    assert_eq!(verifies(&keys, token), Ok(()));
    let (signed, _) = token.rsplit_once('.').unwrap();
    assert_eq!(verifies(&keys, &format!("{signed}.")), Err(Reason::Signature));
}

#[test]
fn rfc_7515_a_1_hs256() {
    let secret = "AyM1SysPpbyDfgZld3umj1qzKObwVMkoqQ-EstJQLr_T-1qS0gZH75aKtMN3Yj0iPS4hcgUuTwjAzZr1Z9CAow";
    let keys = KeySet::shared(&Secret::new(base64url::decode(secret).unwrap())).unwrap();
    let token = format!(
        "eyJ0eXAiOiJKV1QiLA0KICJhbGciOiJIUzI1NiJ9.{CLAIMS}.dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"
    );
    assert_eq!(verifies(&keys, &token), Ok(()));
    assert_eq!(
        verifies(&keys, &token.replace(".dB", ".eB")),
        Err(Reason::Signature)
    );
}

#[test]
fn rfc_7515_a_1_claims_at_their_time() {
    let required = |issuer: &str| Requirements {
        issuer: Some(issuer.to_owned()),
        audience: Vec::new(),
        subject_claim: "iss".to_owned(),
        numeric_subject: false,
        leeway: 0.0,
    };
    let token = format!("eyJ0eXAiOiJKV1QiLA0KICJhbGciOiJIUzI1NiJ9.{CLAIMS}.AA");
    let members = || Compact::parse(token.as_bytes()).unwrap().claims().unwrap();
    let claims = Claims::accept(members(), &required("joe"), 1_300_819_379.9).unwrap();
    assert_eq!(
        (claims.subject(), claims.boolean("http://example.com/is_root")),
        ("joe", Some(true))
    );
    assert_eq!(
        Claims::accept(members(), &required("joe"), 1_300_819_380.0),
        Err(Reason::Expired)
    );
    assert_eq!(
        Claims::accept(members(), &required("ann"), 1_300_819_379.9),
        Err(Reason::Issuer)
    );
}

#[test]
fn rfc_7515_a_2_rs256() {
    let key = json!({
        "kty": "RSA",
        "alg": "RS256",
        "n": concat!(
            "ofgWCuLjybRlzo0tZWJjNiuSfb4p4fAkd_wWJcyQoTbji9k0l8W26mPddxHmfHQp-Vaw-4qPCJrcS2mJPMEzP1Pt0Bm4d4QlL-yR",
            "T-SFd2lZS-pCgNMsD1W_YpRPEwOWvG6b32690r2jZ47soMZo9wGzjb_7OMg0LOL-bSf63kpaSHSXndS5z5rexMdbBYUsLA9e-KXB",
            "dQOS-UTo7WTBEMa2R2CapHg665xsmtdVMTBQY4uDZlxvb3qCo5ZwKh9kG4LT6_I5IhlJH7aGhyxXFvUK-DWNmoudF8NAco9_h9ia",
            "GNj8q2ethFkMLs91kzk2PAcDTW9gb54h4FRWyuXpoQ",
        ),
        "e": "AQAB",
    });
    let signature = concat!(
        "cC4hiUPoj9Eetdgtv3hF80EGrhuB__dzERat0XF9g2VtQgr9PJbu3XOiZj5RZmh7AAuHIm4Bh-0Qc_lF5YKt_O8W2Fp5jujGbds9uJdb",
        "F9CUAr7t1dnZcAcQjbKBYNX4BAynRFdiuB--f_nZLgrnbyTyWzO75vRK5h6xBArLIARNPvkSjtQBMHlb1L07Qe7K0GarZRmB_eSN9383",
        "LcOLn6_dO--xi12jzDwusC-eOkHWEsqtFZESc6BfI7noOPqvhJ1phCnvWh6IeYI2w9QOYEUipUTI8np6LbgGY9Fs98rqVt5AXLIhWkWy",
        "wlVmtVrBp0igcN_IoypGlUPQGe77Rw",
    );
    check(&key, &format!("eyJhbGciOiJSUzI1NiJ9.{CLAIMS}.{signature}"));
}

#[test]
fn rfc_7515_a_3_es256() {
    let key = json!({
        "kty": "EC",
        "crv": "P-256",
        "x": "f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU",
        "y": "x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0",
    });
    let signature = "DtEhU3ljbEg8L38VWAfUAqOyKAM6-Xx-F4GawxaepmXFCgfTjDxw5djxLa8ISlSApmWQxfKTUJqPP3-Kg6NU1Q";
    check(&key, &format!("eyJhbGciOiJFUzI1NiJ9.{CLAIMS}.{signature}"));
}

#[test]
fn rfc_7515_a_4_es512() {
    let key = json!({
        "kty": "EC",
        "crv": "P-521",
        "x": "AekpBQ8ST8a8VcfVOTNl353vSrDCLLJXmPk06wTjxrrjcBpXp5EOnYG_NjFZ6OvLFV1jSfS9tsz4qUxcWceqwQGk",
        "y": "ADSmRA43Z1DSNx_RvcLI87cdL07l6jQyyBXMoxVg_l2Th-x3S1WDhjDly79ajL4Kkd0AZMaZmh9ubmf63e3kyMj2",
    });
    let signature = concat!(
        "AdwMgeerwtHoh-l192l60hp9wAHZFVJbLfD_UxMi70cwnZOYaRI1bKPWROc-mZZqwqT2SI-KGDKB34XO0aw_7XdtAG8GaSwFKdCAPZgo",
        "XD2YBJZCPEX3xKpRwcdOO8KpEHwJjyqOgzDO7iKvU8vcnwNrmxYbSW9ERBXukOXolLzeO_Jn",
    );
    check(&key, &format!("eyJhbGciOiJFUzUxMiJ9.UGF5bG9hZA.{signature}"));
}

#[test]
fn rfc_8037_a_5_ed25519() {
    let key = json!({ "kty": "OKP", "crv": "Ed25519", "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo" });
    let signature = "hgyY0il_MGCjP0JzlnLWG1PPOt7-09PGcvMg3AIbQR6dWbhijcNR4ki4iylGjg5BhVsPt9g7sVvpAr_MuM0KAg";
    check(
        &key,
        &format!("eyJhbGciOiJFZERTQSJ9.RXhhbXBsZSBvZiBFZDI1NTE5IHNpZ25pbmc.{signature}"),
    );
}
