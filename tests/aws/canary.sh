#!/usr/bin/env bash
# Tests a deployed stack on AWS for what the tests cannot show on an emulator. It prints ok or wrong line by line, as
# doctor does, and ends with 1 if something is wrong. It takes about ten minutes and costs less than a cent. It enrols
# an account that nobody has and revokes it again, delays mail for a moment, and sets off each alarm once.
#
#   tests/aws/canary.sh STACK REGION
#
# ARLO_RELAY names the command (built with --features aws); AWS_PROFILE works as with the AWS command line. With
# AWS_ENDPOINT_URL, which leads to an emulator, the steps that only AWS can answer are named as not run.
set -uo pipefail

usage() { printf 'usage: tests/aws/canary.sh STACK REGION\n' >&2; }
if [[ ${1-} == -h || ${1-} == --help ]]; then usage 2>&1; exit 0; fi
if (($# != 2)); then usage; exit 2; fi
stack=$1 region=$2
relay=${ARLO_RELAY:-arlo-relay}
export AWS_PAGER=''
for tool in aws curl python3 "$relay"; do
    command -v "$tool" >/dev/null || { printf 'canary.sh: %s is missing\n' "$tool" >&2; exit 2; }
done

work=$(mktemp -d)
account="canary-$(od -An -N6 -tx1 /dev/urandom | tr -d ' \n')@example.org"
enrolled=no held=no wrongs=0

cleanup() {
    if [[ $held == yes ]]; then release; fi
    if [[ $enrolled == yes ]]; then
        "$relay" enroll "$account" --revoke --stack "$stack" --region "$region" >/dev/null 2>&1 ||
            printf 'canary.sh: revoke the enrolment of %s by hand\n' "$account" >&2
    fi
    rm -rf "$work"
}
trap cleanup EXIT

ok() { printf 'ok     %s: %s\n' "$1" "$2"; }
wrong() { printf 'wrong  %s: %s\n' "$1" "$2"; wrongs=$((wrongs + 1)); }
info() { printf 'seen   %s: %s\n' "$1" "$2"; }
not_run() { printf 'not run %s: %s\n' "$1" "$2"; }

# One check: what is found has to match a pattern of the shell.
expect() { # name pattern found what
    # shellcheck disable=SC2053
    if [[ $3 == $2 ]]; then ok "$1" "$4"; else wrong "$1" "$4 was expected, not: ${3:-nothing}"; fi
}

cloud() { aws --region "$region" --output text "$@" 2>"$work/error" || { head -c 300 "$work/error" | tr '\n' ' '; return 1; }; }
on_aws() { [[ -z ${AWS_ENDPOINT_URL-} ]]; }
resource() { cloud cloudformation describe-stack-resource --stack-name "$stack" --logical-resource-id "$1" --query StackResourceDetail.PhysicalResourceId; }
output() { cloud cloudformation describe-stacks --stack-name "$stack" --query "Stacks[0].Outputs[?OutputKey=='$1'].OutputValue | [0]"; }
field() { python3 -c 'import json, sys; print(json.load(open(sys.argv[1])).get(sys.argv[2], ""))' "$1" "$2" 2>/dev/null; }

# The status of a call; its headers and body are left in files. The URL goes by standard input, since it may hold a
# token.
http() { # url [curl arguments]
    local url=$1
    shift
    printf 'url = "%s"\n' "$url" |
        curl --silent --show-error --max-time 40 --config - --dump-header "$work/headers" --output "$work/body" \
            --write-out '%{http_code}' "$@" 2>"$work/error"
}
prestage() { # [curl arguments]
    http "$base/prepare-arlo-mfa" --header 'Content-Type: application/json' --data "{\"email\":\"$account\"}" "$@"
}
# Waits for a condition: fails after so many seconds.
within() { # seconds command...
    local until=$((SECONDS + $1))
    shift
    until "$@"; do
        ((SECONDS < until)) || return 1
        sleep 2
    done
}

# ---- 0: the account, as it is before ---------------------------------------------------------------------------

found=$(cloud sts get-caller-identity --query Account) || { wrong account "$found"; exit 1; }
ok account "the credentials are those of $found"
if on_aws; then
    info plan "$(cloud freetier get-account-plan-state --query '[accountPlanType,accountPlanStatus,accountPlanExpirationDate]')"
    info "log policies" "characters of each, of 5,120: $(cloud logs describe-resource-policies --query 'resourcePolicies[].length(policyDocument)')"
else
    not_run plan "an emulator has none"
    not_run "log policies" "an emulator has none"
fi
info "Lambda quota" "$(cloud lambda get-account-settings --query 'AccountLimit.[ConcurrentExecutions,UnreservedConcurrentExecutions]' | tr '\t' ' ')"
before=$(cloud ses describe-active-receipt-rule-set --query Metadata.Name)
info "active rule set" "$before"

# ---- 1 to 3: the stack, its rule and what is stored ------------------------------------------------------------

status=$(cloud cloudformation describe-stacks --stack-name "$stack" --query 'Stacks[0].StackStatus') || { wrong stack "$status"; exit 1; }
expect stack '*_COMPLETE' "$status" "it is $status"
bucket=$(resource Bucket) table=$(resource Table)
expect rule "$bucket" "$(cloud ses describe-active-receipt-rule-set --query "Rules[?Name=='$stack'].Actions[0].S3Action.BucketName | [0]")" "the active rule set stores mail in the stack's bucket"
if on_aws; then
    info "receipt rule" "made in (seconds): $(cloud cloudformation describe-stack-events --stack-name "$stack" --query "StackEvents[?LogicalResourceId=='ReceiptRules'].[ResourceStatus,Timestamp]" | tr '\n\t' '  ')"
    info "receipt rule" "tries anew: $(cloud logs filter-log-events --log-group-name "/arlo-relay/$stack/receipt-rules" --filter-pattern '"tried again"' --query 'length(events)')"
    expect "bucket policy" 'mail/AMAZON_SES_SETUP_NOTIFICATION' "$(cloud s3api list-objects-v2 --bucket "$bucket" --prefix mail/AMAZON_SES --query 'Contents[0].Key')" "SES could write when the rule was made (the notification goes after a day)"
    expect "route limits" '[0-9]*' "$(cloud apigatewayv2 get-stages --api-id "$(resource Api)" --query "Items[0].RouteSettings.\"POST /prepare-arlo-mfa\".ThrottlingRateLimit")" "each route has a limit of its own"
else
    not_run "receipt rule" "the time it takes is SES's"
    not_run "bucket policy" "the emulator's SES writes no notification"
    not_run "route limits" "the emulator throttles nothing"
fi
expect "table key" None "$(cloud dynamodb describe-table --table-name "$table" --query Table.SSEDescription.Status)" "it is encrypted under the key that AWS owns, which is free"
expect "key" SecureString "$(cloud ssm get-parameter --name "/arlo-relay/$stack/key" --query Parameter.Type)" "it is a SecureString"
expect "key in settings" None "$(cloud lambda get-function-configuration --function-name "$(resource WebFunction)" --query Environment.Variables.KEY)" "no function has it among its variables"

# ---- 4: the whole of it, as doctor sees it ---------------------------------------------------------------------

web=$(output WebURL)
if on_aws; then
    base=$web
    if "$relay" doctor --stack "$stack" --region "$region" >"$work/doctor" 2>&1; then ok doctor "it finds nothing wrong"; else
        wrong doctor "$(grep '^wrong' "$work/doctor" | head -n 3 | tr '\n' ' ')"
    fi
else
    name=${web#https://}
    base="$AWS_ENDPOINT_URL/_aws/execute-api/${name%%.*}/\$default"
    not_run doctor "the API's public name and its MX record do not lead to an emulator"
fi
expect healthz 200 "$(http "$base/healthz")" "the relay answers 200"
if on_aws; then
    expect "healthz date" '*:*' "$(grep -i '^date:' "$work/headers")" "the answer tells the time"
else
    not_run "healthz date" "the emulator sends no Date"
fi

# ---- 5: prestage -----------------------------------------------------------------------------------------------

expect "no token" 401 "$(prestage)" "prestage without a token is 401"
printf 'Authorization: Bearer arelay_%s\n' "$(od -An -N16 -tx1 /dev/urandom | tr -d ' \n')" >"$work/made-up"
expect "made-up token" 40[13] "$(prestage --header "@$work/made-up")" "prestage with a made-up token is refused, and no 503"
if "$relay" enroll "$account" --json --stack "$stack" --region "$region" >"$work/enrolled" 2>"$work/error"; then
    enrolled=yes
    ok enroll "the account of the canary is enrolled"
else
    wrong enroll "$(head -c 300 "$work/error")"
    exit 1
fi
token=$(field "$work/enrolled" token) own=$(field "$work/enrolled" relay_address)
printf 'Authorization: Bearer %s\n' "$token" >"$work/header"
expect prestage 200 "$(prestage --header "@$work/header")" "prestage with the token is 200: the role's conditions let it through"
poll=$(<"$work/body") polled_at=$SECONDS
expect "poll URL" 200 "$(http "$poll")" "the poll URL answers 200"
expect "poll document" '*pending*' "$(<"$work/body")" "it says pending"
expect "poll document's type" '*application/json*' "$(grep -i '^content-type:' "$work/headers")" "it is application/json"
expect "poll document's life" '*no-store*' "$(grep -i '^cache-control:' "$work/headers")" "it is not to be stored"
for _ in {1..18}; do status=$(prestage --header "@$work/header"); [[ $status == 200 ]] || break; done
expect crowded 429 "$status" "more pending logins than an account may have are 429, and no 503"
expect "crowded until" '*[0-9]*' "$(grep -i '^retry-after:' "$work/headers")" "with Retry-After"

role=$(cloud iam get-role --role-name "$(resource PrestageRole)" --query Role.Arn)
simulated() { # action attribute
    cloud iam simulate-principal-policy --policy-source-arn "$role" --action-names "dynamodb:$1" \
        --resource-arns "$(cloud dynamodb describe-table --table-name "$table" --query Table.TableArn)" \
        --context-entries "ContextKeyName=dynamodb:Attributes,ContextKeyType=stringList,ContextKeyValues=enrolment,$2" \
        --query 'EvaluationResults[0].EvalDecision'
}
if on_aws; then
    expect "role of prestage" allowed "$(simulated UpdateItem requests)" "it may begin a request"
    expect "role of prestage" implicitDeny "$(simulated UpdateItem token)" "it may not change a token"
    expect "role of prestage" implicitDeny "$(simulated GetItem requests)" "it may not read an item"
else
    not_run "role of prestage" "test_permissions.py tries the roles themselves"
fi

# ---- 6: paths --------------------------------------------------------------------------------------------------

for query in "email=canary+x@example.org" "email=canary%2Bx@example.org"; do
    http "$base/get?$query&token=none" >/dev/null
    expect "pyaarlo $query" '*"code":400*' "$(<"$work/body")" "the API of pyaarlo reads it and refuses the token"
done
expect "escaped path" 404 "$(http "$base/nothing%3Fhere%25")" "a path with an escaped ? and % is 404"
expect "trailing slash" 40[145] "$(http "$base/prepare-arlo-mfa/" --request POST)" "a slash behind prestage is no 5xx"
if on_aws; then
    head -c 5000000 /dev/zero >"$work/large"
    expect "large mail" 413 "$(http "$base/mail" --header "@$work/header" --header 'Content-Type: message/rfc822' --data-binary "@$work/large")" "5 MB to /mail are 413"
    sleep 20
    logged=$(cloud logs filter-log-events --log-group-name "/aws/vendedlogs/arlo-relay/$stack/api" --start-time $((($(date +%s) - 900) * 1000)) --query 'events[].message')
    expect "access log" '*prepare-arlo-mfa*' "$logged" "it names routes"
    if [[ $logged == *"$token"* ]]; then wrong "access log" "it holds a token"; else ok "access log" "it holds no token"; fi
else
    not_run "large mail" "the limit is API Gateway's"
    not_run "access log" "the emulator writes none"
fi

# ---- 7: mail, sent by SES to itself ----------------------------------------------------------------------------

inbound=$(resource InboundFunction)
reserved=$(cloud lambda get-function-concurrency --function-name "$inbound" --query ReservedConcurrentExecutions)
release() {
    held=no
    if [[ $reserved =~ ^[0-9]+$ ]]; then
        cloud lambda put-function-concurrency --function-name "$inbound" --reserved-concurrent-executions "$reserved" >/dev/null
    else
        cloud lambda delete-function-concurrency --function-name "$inbound" >/dev/null
    fi
}
mails() { cloud s3api list-objects-v2 --bucket "$bucket" --prefix mail/ --query "Contents[?LastModified>='$since' && !contains(Key, 'SETUP')].Key | [0]"; }
is_stored() { stored=$(mails) && [[ $stored == mail/* ]]; }
is_gone() { [[ $(mails) == None ]]; }
throttled() { [[ $(cloud cloudwatch describe-alarms --alarm-names "$(resource ThrottleAlarm)" --query 'MetricAlarms[0].StateValue') == ALARM ]]; }
if on_aws; then
    since=$(date -u +%Y-%m-%dT%H:%M:%S+00:00) domain=$(output RelayDomain)
    cloud lambda put-function-concurrency --function-name "$inbound" --reserved-concurrent-executions 0 >/dev/null && held=yes
    sent=$(cloud sesv2 send-email --from-email-address "arlo-relay@$domain" --destination "ToAddresses=$own" \
        --content 'Simple={Subject={Data=canary},Body={Text={Data=canary}}}' --query MessageId)
    expect "mail sent" '[0-9a-f]*' "$sent" "SES takes a mail from the domain to itself"
    if within 180 is_stored; then
        ok "mail stored" "SES has stored it"
        cloud s3 cp "s3://$bucket/$stored" "$work/mail" >/dev/null
        block=$(sed '/^X-SES-RECEIPT/,$d' "$work/mail")
        expect "header block" "Return-Path:*Received:*Authentication-Results: amazonses.com*dkim=*" "$block" "it is SES's own, in the order that the relay knows"
        info "header block" "results: $(grep -oiE '(spf|dkim|dmarc)=[a-z]+( header.i=[^;]*)?' <<<"$block" | tr '\n' ' ')"
        if within 600 throttled; then ok "throttle alarm" "it rings though other functions have no data"; else wrong "throttle alarm" "it does not ring within ten minutes"; fi
        release
        if within 300 is_gone; then ok "mail taken in" "Lambda's retry has taken it, and it is deleted"; else wrong "mail taken in" "it is still in the bucket"; fi
        expect "SES metrics" '*RuleName*' "$(cloud cloudwatch list-metrics --namespace AWS/SES --metric-name PublishSuccess --query 'Metrics[].Dimensions[].Name')" "PublishSuccess is counted by rule"
    else
        wrong "mail stored" "none came within three minutes: is the domain verified, and its MX record set?"
        release
    fi
    not_run "mail without TLS" "by hand: a mail by SMTP without STARTTLS from a network with port 25 open has to be refused"
    not_run "mail of Arlo" "by hand: one login with a code, and one mail of Gmail for SPF"
else
    not_run mail "the emulator's SES sends nothing to itself; test_mail.py brings mail by SMTP"
fi

# ---- 8: throttling ---------------------------------------------------------------------------------------------

if on_aws; then
    refused() { # url...
        for _ in {1..100}; do printf 'url = "%s"\noutput = /dev/null\n' "$1"; done |
            curl --silent --parallel --parallel-max 100 --config - --write-out '%{http_code}\n' 2>/dev/null | grep -c 429
    }
    info throttling "of 100 calls at once to one route $(refused "$base/healthz") were 429"
else
    not_run throttling "the emulator throttles nothing"
fi

# ---- 9: alarms -------------------------------------------------------------------------------------------------

for alarm in ErrorAlarm ThrottleAlarm UseAlarm MailAlarm DeadLetterAlarm ReceiveAlarm; do
    name=$(resource "$alarm")
    if found=$(cloud cloudwatch set-alarm-state --alarm-name "$name" --state-value ALARM --state-reason canary); then
        ok "$alarm" "it rings: one mail to AlarmEmail has to come"
        cloud cloudwatch set-alarm-state --alarm-name "$name" --state-value OK --state-reason "the canary is done" >/dev/null
    else
        wrong "$alarm" "$found"
    fi
done

# ---- The end of the poll URL, and what stays to be done by hand ------------------------------------------------

if on_aws; then
    life=$(cloud lambda get-function-configuration --function-name "$(resource PrestageFunction)" --query Environment.Variables.LIFETIME_SECONDS)
    left=$((${life:-300} + 2 - (SECONDS - polled_at)))
    if ((left > 0)); then sleep "$left"; fi
    expect "poll URL's end" 403 "$(http "$poll")" "past its life the poll URL is 403"
else
    not_run "poll URL's end" "five minutes; the emulator's are shown by the store's own tests"
fi
expect "active rule set" "$before" "$(cloud ses describe-active-receipt-rule-set --query Metadata.Name)" "it is the same as before"
not_run "second deployment" "by hand: ./deploy.sh with MonthlyBudget=5, then with RuleRevision=2: neither fails"
not_run "ForwardTo" "by hand: verified, not verified, and an identity with a default configuration set; doctor tells the first two"
not_run "GitHub" "by hand: run the workflow deploy in a new repository"
not_run "deletion" "by hand: sam delete; nothing is left by name but the key, and the former rule set is active; a day later Cost Explorer beside docs/aws.md"

if ((wrongs > 0)); then printf '\n%s wrong\n' "$wrongs"; exit 1; fi
printf '\nnothing is wrong\n'
