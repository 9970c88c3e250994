//! Our receipt rule, in whichever rule set is active.

use std::time::Duration;

use aws_sdk_ses::Client;
use aws_sdk_ses::types::{InvocationType, LambdaAction, ReceiptAction, ReceiptRule, S3Action, TlsPolicy};
use tokio::time::Instant;

use super::error::Reason;
use super::request::Properties;

/// For this long SES may not yet see what the template has just made: a role, a permission, a bucket's policy. It
/// usually takes seconds; more than a minute has been reported.
const PATIENCE: Duration = Duration::from_secs(120);
/// The wait before SES is called again.
const WAIT: Duration = Duration::from_secs(5);

/// A rule set and its rules.
struct RuleSet {
    name: String,
    rules: Vec<ReceiptRule>,
}

/// Adds our rule to the active rule set, and removes it from any other. After an update that names another function or
/// bucket, the previous rule is ours too.
pub(super) async fn establish(ses: &Client, ours: &Properties, old: Option<&Properties>) -> Result<(), Reason> {
    let rule = rule(ours)?;
    let until = Instant::now() + PATIENCE;
    loop {
        match put(ses, ours, old, &rule).await {
            Err(reason) if reason.is_early() && Instant::now() + WAIT < until => {
                tracing::info!(%reason, "tried again in a moment");
                tokio::time::sleep(WAIT).await;
            }
            done => return done,
        }
    }
}

async fn put(ses: &Client, ours: &Properties, old: Option<&Properties>, rule: &ReceiptRule) -> Result<(), Reason> {
    let active = active(ses).await?;
    let is_active = active.is_some();
    let set = match active {
        Some(active) => active,
        None => own(ses, ours).await?,
    };
    let existing = set.rules.iter().find(|rule| rule.name() == ours.rule);
    match existing {
        Some(existing) if !is_ours(existing, ours) && !old.is_some_and(|old| is_ours(existing, old)) => {
            return Err(Reason::ForeignRule {
                rule_set: set.name,
                rule: ours.rule.clone(),
            });
        }
        Some(existing) if existing == rule => {}
        Some(_) => {
            let update = ses.update_receipt_rule().rule_set_name(&set.name).rule(rule.clone());
            let updated = update.send().await;
            updated.map_err(Reason::call("SES does not change the receipt rule"))?;
        }
        None => {
            // As the first rule: another rule that stops the rule set must not stop it for our domain.
            let create = ses.create_receipt_rule().rule_set_name(&set.name).rule(rule.clone());
            let created = create.send().await;
            created.map_err(Reason::call("SES does not accept the receipt rule"))?;
        }
    }
    if !is_active {
        // Only once it has the rule: an empty rule set that is active would refuse all mail.
        let activated = ses.set_active_receipt_rule_set().rule_set_name(&set.name).send().await;
        activated.map_err(Reason::call("SES does not activate the stack's rule set"))?;
    }
    for other in others(ses, &set.name).await? {
        remove_from(ses, ours, &other).await?;
    }
    Ok(())
}

/// Removes our rule from every rule set, and deletes our own rule set unless it has rules of others.
pub(super) async fn withdraw(ses: &Client, ours: &Properties) -> Result<(), Reason> {
    let active = active(ses).await?;
    let active_name = active.as_ref().map(|set| set.name.clone());
    let mut sets = others(ses, active_name.as_deref().unwrap_or_default()).await?;
    sets.extend(active);
    for set in &sets {
        remove_from(ses, ours, set).await?;
    }
    let own = sets.iter().find(|set| set.name == ours.rule_set);
    let Some(own) = own else { return Ok(()) };
    if own.rules.iter().any(|rule| !is_ours(rule, ours)) {
        tracing::warn!("the stack's rule set has rules of others: it is kept, without the stack's rule");
        return Ok(());
    }
    if active_name.as_deref() == Some(ours.rule_set.as_str()) {
        // Without a name: then none is active, as before the stack.
        let none = ses.set_active_receipt_rule_set().send().await;
        none.map_err(Reason::call("SES does not deactivate the stack's rule set"))?;
    }
    let delete = ses.delete_receipt_rule_set().rule_set_name(&ours.rule_set);
    delete
        .send()
        .await
        .map_err(Reason::call("SES does not delete the stack's rule set"))?;
    Ok(())
}

/// Our own rule set, made if it is missing.
async fn own(ses: &Client, ours: &Properties) -> Result<RuleSet, Reason> {
    let name = &ours.rule_set;
    let created = ses.create_receipt_rule_set().rule_set_name(name).send().await;
    if let Err(error) = created {
        let is_there = error
            .as_service_error()
            .is_some_and(|error| error.is_already_exists_exception());
        if !is_there {
            return Err(Reason::call(
                "SES does not make a rule set (does it receive mail in this region?)",
            )(error));
        }
    }
    described(ses, name).await
}

async fn active(ses: &Client) -> Result<Option<RuleSet>, Reason> {
    let active = ses.describe_active_receipt_rule_set().send().await;
    let active = active.map_err(Reason::call(
        "SES does not describe its active rule set (does it receive mail in this region?)",
    ))?;
    Ok(active.metadata.and_then(|set| set.name).map(|name| RuleSet {
        name,
        rules: active.rules.unwrap_or_default(),
    }))
}

async fn described(ses: &Client, name: &str) -> Result<RuleSet, Reason> {
    let set = ses.describe_receipt_rule_set().rule_set_name(name).send().await;
    let set = set.map_err(Reason::call("SES does not describe a rule set"))?;
    Ok(RuleSet {
        name: name.to_owned(),
        rules: set.rules.unwrap_or_default(),
    })
}

/// Every rule set but the active one.
async fn others(ses: &Client, active: &str) -> Result<Vec<RuleSet>, Reason> {
    let mut sets = Vec::new();
    let mut token = None;
    loop {
        let page = ses.list_receipt_rule_sets().set_next_token(token).send().await;
        let page = page.map_err(Reason::call("SES does not list its rule sets"))?;
        for set in page.rule_sets.unwrap_or_default() {
            if let Some(name) = set.name.filter(|name| name != active) {
                sets.push(described(ses, &name).await?);
            }
        }
        token = page.next_token.filter(|token| !token.is_empty());
        if token.is_none() {
            return Ok(sets);
        }
    }
}

async fn remove_from(ses: &Client, ours: &Properties, set: &RuleSet) -> Result<(), Reason> {
    for rule in set.rules.iter().filter(|rule| is_ours(rule, ours)) {
        let delete = ses
            .delete_receipt_rule()
            .rule_set_name(&set.name)
            .rule_name(rule.name());
        delete
            .send()
            .await
            .map_err(Reason::call("SES does not delete the receipt rule"))?;
    }
    Ok(())
}

/// A rule with our name that gives mail to our function or stores it in our bucket.
fn is_ours(rule: &ReceiptRule, ours: &Properties) -> bool {
    rule.name() == ours.rule
        && rule.actions().iter().any(|action| {
            let function = action.lambda_action().map(LambdaAction::function_arn);
            let bucket = action.s3_action().map(S3Action::bucket_name);
            function == Some(ours.function_arn.as_str()) || bucket == Some(ours.bucket.as_str())
        })
}

/// First the bucket, then the function: SES performs them in this order.
fn rule(ours: &Properties) -> Result<ReceiptRule, Reason> {
    let tls = match ours.tls_policy.as_str() {
        "Require" => TlsPolicy::Require,
        "Optional" => TlsPolicy::Optional,
        _ => return Err(Reason::UnknownTlsPolicy),
    };
    let enabled = match ours.receiving.as_str() {
        "on" => true,
        "off" => false,
        _ => return Err(Reason::UnknownReceiving),
    };
    let store = S3Action::builder()
        .bucket_name(&ours.bucket)
        .object_key_prefix(&ours.mail_prefix);
    let call = LambdaAction::builder()
        .function_arn(&ours.function_arn)
        .invocation_type(InvocationType::Event);
    let rule = ReceiptRule::builder()
        .name(&ours.rule)
        .enabled(enabled)
        .tls_policy(tls)
        .recipients(&ours.domain)
        // Verdicts on spam and viruses.
        .scan_enabled(true)
        .actions(ReceiptAction::builder().s3_action(store.build()?).build())
        .actions(ReceiptAction::builder().lambda_action(call.build()?).build())
        .build()?;
    Ok(rule)
}
