#!/usr/bin/env bash
# Deploys arlo-relay to AWS, or updates it. Everything is checked before anything is changed.
#
# AWS_PROFILE, AWS_ENDPOINT_URL and the other variables of the AWS command line work as they do there.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"

usage() {
    cat <<'USAGE'
usage: ./deploy.sh [--built] <region> <stack> <relay-address> <s3-bucket-for-sam-artifacts> [Parameter=Value ...]

  region         an AWS region in which SES receives mail, such as us-east-1
  stack          the name of the stack, such as arlo-relay
  relay-address  where a mailbox may forward Arlo's mail, such as relay@mfa.example.org
  bucket         an S3 bucket in that region for the built functions
  Parameter      any parameter of template.yaml, such as ForwardTo=me@example.org; it keeps the value you gave last.
                 Also MonthlyBudget=<US dollars>: AWS mails AlarmEmail when the account is about to cost more; 0 deletes
                 the budget
  --built        deploys what sam build has written to .aws-sam/build, and builds nothing

example: ./deploy.sh us-east-1 arlo-relay relay@mfa.example.org my-sam-artifacts AlarmEmail=me@example.org
USAGE
}

fail() {
    printf 'deploy.sh: %s\n' "$*" >&2
    exit 1
}

wrong_usage() {
    printf 'deploy.sh: %s\n' "$*" >&2
    usage >&2
    exit 2
}

# A property of a template parameter, without its quotes; empty if it has none. It reads the text of template.yaml, so
# it relies on the layout that the template describes there.
property() { # parameter property
    awk -v parameter="  $1:" -v name="$2:" '
        /^Parameters:/ { inside = 1; next }
        inside && /^[^ #]/ { exit }
        inside && $0 == parameter { found = 1; next }
        found && /^  [^ ]/ { exit }
        found && $1 == name {
            sub(/^ *[A-Za-z]+: */, "")
            if ($0 ~ /^".*"$/) { $0 = substr($0, 2, length($0) - 2) }
            print
            exit
        }' template.yaml
}

# Fails with one sentence if the template would refuse the value.
check_value() { # parameter value
    local name=$1 value=$2 type pattern least most allowed
    type=$(property "$name" Type)
    [[ -n $type ]] || wrong_usage "template.yaml has no parameter $name."
    case $value in
    *[\"\\]* | *[[:cntrl:]]*) fail "$name must not hold quotes, backslashes or control characters." ;;
    esac
    if [[ $type == Number ]]; then
        [[ $value =~ ^[0-9]{1,9}$ ]] || fail "$name must be a whole number, not \"$value\"."
        least=$(property "$name" MinValue) most=$(property "$name" MaxValue)
        if [[ -n $least ]] && ((10#$value < least)); then fail "$name must be at least $least, not $value."; fi
        if [[ -n $most ]] && ((10#$value > most)); then fail "$name must be at most $most, not $value."; fi
    fi
    pattern=$(property "$name" AllowedPattern)
    if [[ -n $pattern && ! $value =~ $pattern ]]; then
        fail "$name $(property "$name" ConstraintDescription)."
    fi
    allowed=$(property "$name" AllowedValues)
    if [[ -n $allowed ]]; then
        allowed=$(tr -d '[]",' <<<"$allowed")
        [[ " $allowed " == *" $value "* ]] || fail "$name must be one of: $allowed."
    fi
}

# The AWS command line. Its error text is stored for `why` and `code`.
aws_call() {
    aws --region "$region" --output text "$@" 2>"$work/error"
}

why() {
    tr '\n' ' ' <"$work/error" | sed 's/  */ /g; s/^ //; s/ $//'
}

# The code of the error with which AWS answered; empty where it did not answer.
code() {
    sed -n 's/.*An error occurred (\([A-Za-z0-9.]*\)).*/\1/p' "$work/error" | head -n 1
}

# ---- The arguments ---------------------------------------------------------------------------------------------

if [[ ${1-} == -h || ${1-} == --help ]]; then
    usage
    exit 0
fi
built=no
if [[ ${1-} == --built ]]; then
    built=yes
    shift
fi
(($# >= 4)) || wrong_usage "four arguments are needed."
region=$1 stack=$2 address=$3 bucket=$4
shift 4

[[ $region =~ ^[a-z]{2}(-[a-z]+)+-[0-9]$ ]] || wrong_usage "\"$region\" is no AWS region."
# The stack's receipt rule has the same name, and SES demands that it end with a letter or digit.
[[ $stack =~ ^[A-Za-z]([A-Za-z0-9-]{0,48}[A-Za-z0-9])?$ ]] ||
    wrong_usage "a stack's name is a letter and up to 49 letters, digits and hyphens, the last of them no hyphen."
[[ $bucket =~ ^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$ ]] || wrong_usage "\"$bucket\" is no name of an S3 bucket."
check_value RelayAddress "$address"
[[ $address != *..* && $address != *.@* ]] || fail "RelayAddress has a dot at an end or beside another: no mail server sends to it."
[[ $address != postmaster@* ]] || fail "postmaster@ takes every server's own mail, and the relay hands it on unread: give another RelayAddress."
domain=${address#*@}

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
: >"$work/given"
: >"$work/kept"

budget=
for argument in "$@"; do
    [[ $argument == [A-Za-z]*=* ]] || wrong_usage "\"$argument\" is not of the form Parameter=Value."
    name=${argument%%=*} value=${argument#*=}
    case $name in
    RelayAddress) wrong_usage "RelayAddress is the third argument." ;;
    MonthlyBudget)
        [[ $value =~ ^[0-9]{1,7}$ ]] || fail "MonthlyBudget must be a whole number of US dollars, not \"$value\"."
        budget=$((10#$value))
        continue
        ;;
    esac
    check_value "$name" "$value"
    printf '%s\t%s\n' "$name" "$value" >>"$work/given"
done

# ---- The tools -------------------------------------------------------------------------------------------------

tools=(aws sam)
if [[ $built == no ]]; then tools+=(cargo cargo-lambda); fi
for tool in "${tools[@]}"; do
    command -v "$tool" >/dev/null || case $tool in
    aws) fail "the AWS command line is missing: see https://docs.aws.amazon.com/cli/ (any version works)." ;;
    sam) fail "the SAM CLI is missing: pip install -r tests/aws/requirements-sam.txt." ;;
    cargo) fail "Rust is missing: see https://rustup.rs." ;;
    cargo-lambda) fail "cargo-lambda is missing: see https://www.cargo-lambda.info (or: pip install cargo-lambda)." ;;
    esac
done

# Whether one version of three numbers is at least another.
is_at_least() { # version least
    [[ $(printf '%s\n%s\n' "$2" "$1" | sort -V | head -n 1) == "$2" ]]
}

# An older one builds Rust only as a beta feature, or does not read parameters from a file.
least=$(sed -n 's/^aws-sam-cli==\([0-9.]*\).*/\1/p' tests/aws/requirements-sam.txt)
version=$(sam --version 2>/dev/null | grep -oE '[0-9]+\.[0-9]+\.[0-9]+' | head -n 1) || true
is_at_least "${version:-0.0.0}" "$least" ||
    fail "the SAM CLI ${version:-here} is too old: $least or newer is needed (pip install -r tests/aws/requirements-sam.txt)."

export SAM_CLI_TELEMETRY=${SAM_CLI_TELEMETRY-0} AWS_PAGER=

# ---- The account and the region --------------------------------------------------------------------------------

aws_call sts get-caller-identity --query Account >"$work/account" || case $(why) in
*ExpiredToken* | *expired*) fail "the AWS credentials have expired: sign in again (aws login or aws sso login of AWS CLI 2, or new keys)." ;;
*"Could not connect"* | *"Could not resolve"*) fail "AWS cannot be reached in $region: is that a region, and is this machine online?" ;;
*"Unable to locate credentials"* | *"config profile"*) fail "there are no AWS credentials: run aws configure, or set AWS_PROFILE." ;;
*) fail "the AWS credentials do not work: $(why)" ;;
esac

# SES receives mail in some regions only, and adds others: ask SES, and look up the name of its mail server.
aws_call ses describe-active-receipt-rule-set >/dev/null || case $(code) in
InvalidAction)
    fail "SES receives no mail in $region: choose another region, such as us-east-1, us-west-2 or eu-west-1."
    ;;
AccessDenied*) fail "these credentials may not use SES in $region: $(why)" ;;
InvalidClientTokenId | UnrecognizedClient*) fail "these credentials are not valid in $region, which the account has to enable first: $(why)" ;;
"") fail "SES receives no mail in $region, or cannot be reached: choose another region, such as us-east-1, us-west-2 or eu-west-1 ($(why))." ;;
*) fail "SES in $region does not say whether it receives mail: $(why)" ;;
esac
if [[ -z ${AWS_ENDPOINT_URL-} ]]; then
    for lookup in "getent hosts" host nslookup; do
        command -v "${lookup%% *}" >/dev/null || continue
        $lookup "inbound-smtp.$region.amazonaws.com" >/dev/null 2>&1 ||
            fail "SES receives no mail in $region: choose another region, such as us-east-1, us-west-2 or eu-west-1."
        break
    done
fi

# ---- The bucket ------------------------------------------------------------------------------------------------

bucket_region=$(aws_call s3api get-bucket-location --bucket "$bucket" --query LocationConstraint) || case $(code) in
NoSuchBucket) fail "there is no bucket $bucket: create it with aws s3 mb s3://$bucket --region $region." ;;
*) fail "the bucket $bucket cannot be read: $(why)" ;;
esac
case $bucket_region in
None | null | "") bucket_region=us-east-1 ;;
EU) bucket_region=eu-west-1 ;;
esac
[[ $bucket_region == "$region" ]] ||
    fail "the bucket $bucket is in $bucket_region, but SAM needs one in $region."

# ---- The stack -------------------------------------------------------------------------------------------------

status=$(aws_call cloudformation describe-stacks --stack-name "$stack" --query 'Stacks[0].StackStatus') || case $(code) in
# CloudFormation has no code of its own for a stack that does not exist.
ValidationError) status=none ;;
*) fail "the state of the stack $stack cannot be read: $(why)" ;;
esac
case $status in
none | REVIEW_IN_PROGRESS) status=none ;;
ROLLBACK_COMPLETE | ROLLBACK_FAILED | CREATE_FAILED | DELETE_FAILED)
    fail "the stack $stack is in $status and cannot be updated: delete it first with sam delete --stack-name $stack --region $region."
    ;;
UPDATE_ROLLBACK_FAILED)
    fail "the stack $stack is in $status: repair it first with aws cloudformation continue-update-rollback --stack-name $stack --region $region."
    ;;
*_IN_PROGRESS) fail "the stack $stack is being changed right now ($status): wait until the change is complete." ;;
esac

# The last value of a parameter in a list of names and values; fails if it has none.
recall() { # list parameter
    awk -F '\t' -v name="$2" '$1 == name { value = $2; found = 1 } END { if (found) print value; exit !found }' "$work/$1"
}
if [[ $status != none ]]; then
    aws_call cloudformation describe-stacks --stack-name "$stack" \
        --query 'Stacks[0].Parameters[].[ParameterKey,ParameterValue]' >"$work/kept" ||
        fail "the parameters of $stack cannot be read: $(why)"
    if ! recall kept RelayAddress >/dev/null || ! recall kept RuleRevision >/dev/null; then
        fail "$stack is a stack of something else: choose another name."
    fi
    # Every version whose enrolments this one can read has this parameter.
    if ! recall kept KeyRevision >/dev/null; then
        fail "$stack was made by an earlier version, whose enrolments this one cannot read: run sam delete --stack-name $stack --region $region, deploy again and enrol anew."
    fi
fi
setting() { # parameter: its value in this deployment
    recall given "$1" || recall kept "$1" || property "$1" Default
}

forward_to=$(setting ForwardTo)
forward_domain=$(tr '[:upper:]' '[:lower:]' <<<"${forward_to#*@}")
[[ $forward_domain != "$domain" ]] || fail "ForwardTo must not be an address of $domain: the relay would mail itself."
alarm_email=$(setting AlarmEmail)
if [[ -n $budget && $budget != 0 && -z $alarm_email ]]; then
    fail "MonthlyBudget needs AlarmEmail, the address to which AWS reports."
fi
architecture=$(setting Architecture)
if [[ $built == yes ]]; then
    for function in PrestageFunction WebFunction InboundFunction ReceiptRulesFunction; do
        program=.aws-sam/build/$function/bootstrap
        [[ -x $program ]] || fail "$program is missing or cannot be run: run sam build first, or leave out --built."
        # The processor that an ELF file names in its header.
        case $(od -An -tu1 -j18 -N1 "$program" | tr -d ' ') in
        62) processor=x86_64 ;;
        183) processor=arm64 ;;
        *) processor="another processor" ;;
        esac
        [[ $processor == "$architecture" ]] || fail "$program is for $processor, but Architecture is $architecture."
    done
elif [[ $architecture == arm64 ]]; then
    [[ -d $(rustc --print target-libdir --target aarch64-unknown-linux-gnu) ]] ||
        fail "Rust's aarch64 target is missing: run rustup target add aarch64-unknown-linux-gnu, or give Architecture=x86_64."
fi

# ---- The key ---------------------------------------------------------------------------------------------------

# It is created once and stays when the stack is deleted: with another key every enrolment would be void.
key_parameter=/arlo-relay/$stack/key
key_type=$(aws_call ssm get-parameter --name "$key_parameter" --query Parameter.Type) || case $(code) in
ParameterNotFound) key_type=none ;;
*) fail "the key $key_parameter of Systems Manager cannot be looked up: $(why)" ;;
esac
case $key_type in
SecureString) ;;
none)
    [[ $status == none ]] ||
        fail "the key $key_parameter is gone, and without it every enrolment is void: restore it with aws ssm put-parameter, or delete the stack and deploy again."
    ;;
*) fail "the parameter $key_parameter of Systems Manager is a $key_type, not a SecureString: delete it, or choose another name for the stack." ;;
esac

# ---- Concurrency -----------------------------------------------------------------------------------------------

# Each of the three functions that strangers can call gets a concurrency of its own, where the region's quota is large
# enough: AWS demands that 100 stay unreserved. A new account has a quota of 10.
if [[ $status == none ]] && ! recall given ReservedConcurrency >/dev/null; then
    free=$(aws_call lambda get-account-settings --query AccountLimit.UnreservedConcurrentExecutions) ||
        fail "the quota of Lambda cannot be read: $(why)"
    reserved=0
    if [[ $free =~ ^[0-9]+$ ]] && ((free >= 160)); then reserved=20; fi
    printf 'ReservedConcurrency\t%s\n' "$reserved" >>"$work/given"
fi

# ---- The domain ------------------------------------------------------------------------------------------------

# The status of the identity that covers a domain: its own, or that of the nearest domain above it.
identity_status() {
    local name=$1
    while [[ $name == *.* ]]; do
        if aws_call sesv2 get-email-identity --email-identity "$name" --query VerifiedForSendingStatus; then
            return
        fi
        [[ $(code) == *NotFound* ]] || fail "the SES identities cannot be read: $(why)"
        name=${name#*.}
    done
    printf 'none\n'
}

kept_address=$(recall kept RelayAddress || true)
kept_domain=${kept_address#*@}
# The enrolments' relay addresses end with the domain: with another one, each mailbox would forward to nowhere. Where
# the stack has the domain's identity and records, CloudFormation would replace them too.
[[ -z $kept_domain || $kept_domain == "$domain" ]] ||
    fail "the stack $stack receives the mail of $kept_domain, and with $domain every enrolment's relay address would be void: give an address of $kept_domain, or deploy a second stack for $domain."

zone=$(setting HostedZoneId)
kept_zone=$(recall kept HostedZoneId || true)
# CloudFormation would delete the domain's identity and records, and no more mail would come.
[[ -z $kept_zone || -n $zone ]] ||
    fail "HostedZoneId must not become empty: the stack $stack would delete its records in the zone $kept_zone and its SES identity, so leave HostedZoneId out to keep $kept_zone."
if [[ -n $zone ]]; then
    zone_name=$(aws_call route53 get-hosted-zone --id "$zone" --query HostedZone.Name) ||
        fail "the hosted zone $zone cannot be read: $(why)"
    zone_name=${zone_name%.}
    [[ $domain == "$zone_name" || $domain == *."$zone_name" ]] ||
        fail "the hosted zone $zone is for $zone_name, which does not hold $domain."
    if [[ -z $kept_zone ]]; then
        taken=$(aws_call route53 list-resource-record-sets --hosted-zone-id "$zone" \
            --query "ResourceRecordSets[?Type=='MX' && Name=='$domain.'].Name") ||
            fail "the records of the hosted zone $zone cannot be read: $(why)"
        [[ -z ${taken//[[:space:]]/} ]] ||
            fail "the hosted zone $zone already has an MX record for $domain: delete it, or choose another domain."
        if aws_call sesv2 get-email-identity --email-identity "$domain" >/dev/null; then
            fail "SES in $region already has an identity $domain: leave out HostedZoneId, or delete the identity first."
        fi
    fi
else
    case $(identity_status "$domain") in
    [Tt]rue) ;;
    [Ff]alse) fail "SES in $region has not verified $domain yet: set the DKIM records that aws sesv2 get-email-identity --email-identity $domain --region $region names, and wait." ;;
    *) fail "$domain is not verified in SES in $region: run aws sesv2 create-email-identity --email-identity $domain --region $region and set its records, or give HostedZoneId=<id of its Route 53 zone>." ;;
    esac
fi

# ---- Build and deploy ------------------------------------------------------------------------------------------

# A parameter that is not named here keeps the value that it has in the stack.
{
    printf 'RelayAddress: "%s"\n' "$address"
    awk -F '\t' '{ value[$1] = $2 } END { for (name in value) printf "%s: \"%s\"\n", name, value[name] }' "$work/given"
} >"$work/parameters.yaml"

confirm=--no-confirm-changeset
if [[ -t 0 ]]; then confirm=--confirm-changeset; fi

if [[ $built == no ]]; then
    sam build --region "$region" --parameter-overrides "Architecture=$architecture"
fi

# The key is passed in a file in a directory of mode 700, so it appears neither in the list of processes nor on the
# terminal.
if [[ $key_type == none ]]; then
    od -An -N32 -tx1 /dev/urandom | tr -d ' \n' >"$work/key"
    aws_call ssm put-parameter --name "$key_parameter" --type SecureString --value "file://$work/key" \
        --description "arlo-relay: the key of the stack $stack. Without it every enrolment is void." \
        >/dev/null || fail "the key $key_parameter cannot be created: $(why)"
    rm "$work/key"
fi

# The change sets of the stack that wait to be executed.
waiting() {
    aws_call cloudformation list-change-sets --stack-name "$stack" \
        --query "Summaries[?ExecutionStatus=='AVAILABLE'].[ChangeSetName]" | sort
}

# In a terminal SAM asks, and its exit code says nothing of the answer. A change set that was declined stays. Who may
# not list them gets what follows a deployment.
if [[ $confirm == --confirm-changeset && $status != none ]]; then
    waiting >"$work/waiting" || rm "$work/waiting"
fi

sam deploy --region "$region" --stack-name "$stack" --s3-bucket "$bucket" --s3-prefix "$stack" \
    --template-file .aws-sam/build/template.yaml --capabilities CAPABILITY_IAM --no-fail-on-empty-changeset \
    --no-progressbar "$confirm" --parameter-overrides "file://$work/parameters.yaml"

# ---- What to do next -------------------------------------------------------------------------------------------

made=$(aws_call cloudformation describe-stacks --stack-name "$stack" --query 'Stacks[0].StackStatus') ||
    fail "the state of the stack $stack cannot be read: $(why)"
if [[ $made == REVIEW_IN_PROGRESS ]]; then
    printf '\nNothing was deployed.\n'
    exit 0
fi
if [[ -f $work/waiting ]] && waiting >"$work/waiting-now"; then
    declined=$(comm -13 "$work/waiting" "$work/waiting-now")
    if [[ -n $declined ]]; then
        printf '\nNothing was changed.\n'
        exit 0
    fi
fi

# Replaces the budget of the whole account. AWS refuses one to a member account, and to some accounts on their first
# day: that is reported, and stops nothing.
set_budget() {
    local account name="arlo-relay-$stack"
    account=$(<"$work/account")
    aws_call budgets delete-budget --account-id "$account" --budget-name "$name" >/dev/null ||
        [[ $(code) == *NotFound* ]] || return
    if [[ $budget == 0 ]]; then return; fi
    printf '{"BudgetName":"%s","BudgetType":"COST","TimeUnit":"MONTHLY","BudgetLimit":{"Amount":"%s","Unit":"USD"}}' \
        "$name" "$budget" >"$work/budget.json"
    printf '[{"Notification":{"NotificationType":"%s","ComparisonOperator":"GREATER_THAN","Threshold":%s},
        "Subscribers":[{"SubscriptionType":"EMAIL","Address":"%s"}]},
        {"Notification":{"NotificationType":"%s","ComparisonOperator":"GREATER_THAN","Threshold":%s},
        "Subscribers":[{"SubscriptionType":"EMAIL","Address":"%s"}]}]' \
        FORECASTED 100 "$alarm_email" ACTUAL 80 "$alarm_email" >"$work/notices.json"
    aws_call budgets create-budget --account-id "$account" --budget "file://$work/budget.json" \
        --notifications-with-subscribers "file://$work/notices.json" >/dev/null
}
if [[ -n $budget ]] && ! set_budget; then
    printf 'deploy.sh: warning: the budget cannot be set, but the stack is deployed: %s\n' "$(why)" >&2
fi

output() {
    aws_call cloudformation describe-stacks --stack-name "$stack" \
        --query "Stacks[0].Outputs[?OutputKey=='$1'].OutputValue | [0]" || fail "the outputs of $stack cannot be read: $(why)"
}

printf '\nPrestage URL   %s\n' "$(output PreMFAStageURL)"
printf 'Relay address  %s\n' "$(output RelayAddress)"
if [[ -n $zone ]]; then
    printf 'MX record      %s (set in Route 53)\n' "$(output MxRecord)"
else
    printf 'MX record      %s (set it at the DNS provider of the domain)\n' "$(output MxRecord)"
fi
cat <<NEXT

Next: enrol the account that logs in to Arlo, and forward its mail as the command says:
  arlo-relay enroll you@example.org --stack $stack --region $region
  (build it with: cargo install --path crates/arlo-relay --features aws)
Then check the whole deployment:
  arlo-relay doctor --stack $stack --region $region
NEXT
