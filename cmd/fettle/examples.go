package main

import (
	"strings"

	"github.com/alecthomas/kong"
)

// examples are what the help of each command shows; a line is typed as it stands. The
// test holds that each command has some, and that they parse.
var examples = map[string]string{
	"demo":    "fettle demo",
	"serve":   "fettle serve\nfettle serve --config /etc/fettle/fettle.yaml",
	"worker":  "fettle worker --db postgres://fettle@db/fettle --metrics-addr 127.0.0.1:9091",
	"sandbox": "fettle sandbox --addr 127.0.0.1:7071 --hit-rate 0.8 --rate 20/s",
	"health":  "fettle health",
	"migrate": "fettle migrate --db postgres://fettle@db/fettle",

	"backup":  "fettle backup -o friday.backup",
	"restore": "fettle restore friday.backup --db new.db\nfettle restore --in-place",
	"copy":    "fettle copy --from fettle.db --to postgres://fettle@db/fettle",

	"import file": "fettle import people.csv --entity people --dry-run\nfettle import people.csv --entity people --map \"Work mail=email\" --create-fields",
	"import undo": "fettle import undo --dry-run\nfettle import undo 12",
	"import list": "fettle import list",
	"import map":  "fettle import map 12 \"Score=score:number\"",
	"import show": "fettle import show 12",

	"strangers list":    "fettle strangers list --provider apollo",
	"strangers show":    "fettle strangers show 41",
	"strangers accept":  "fettle strangers accept 41",
	"strangers reject":  "fettle strangers reject 41 --yes\nfettle strangers reject 41 --no-run",
	"strangers claims":  "fettle strangers claims --provider apollo -o claims.csv",
	"duplicates list":   "fettle duplicates list --entity people",
	"duplicates find":   "fettle duplicates find --entity companies",
	"duplicates show":   "fettle duplicates show 12 17",
	"duplicates merge":  "fettle duplicates merge 12 17",
	"duplicates apart":  "fettle duplicates apart 12 17",
	"duplicates later":  "fettle duplicates later 12 17",
	"duplicates reopen": "fettle duplicates reopen 12 17",
	"duplicates unmerge": "fettle duplicates unmerge 3\n" +
		"fettle duplicates unmerge --record 17",
	"duplicates split":  "fettle duplicates split 12 external:crm:17",
	"duplicates merges": "fettle duplicates merges --record 12",

	"records list": "fettle records --entity people --where 'title.contains(\"engineer\") && blank(email)' --fields name,email\n" +
		"fettle records --audience engineers --format csv\n" +
		"fettle records --entity people --updated-since 2026-11-01 --source crm",
	"records show":     "fettle records show 12\nfettle records show 12 --as-of 2026-09-01",
	"records about":    "fettle records about 12",
	"records note":     "fettle records note 12 \"Met at the fair\"",
	"records calls":    "fettle records calls 12 --field email",
	"records upsert":   "fettle records upsert people.json --entity people --source crm\nfettle records upsert - --entity companies",
	"records delete":   "fettle records delete 12 17\nfettle records delete --audience left-the-market",
	"records suppress": "fettle records suppress --audience competitors\nfettle records suppress 12 --off",
	"changes":          "fettle changes --after 0 --entity people --json\nfettle changes --follow",
	"undo list":        "fettle undo list --since 7d",
	"undo show":        "fettle undo show run-12",
	"undo take":        "fettle undo take import-3 --dry-run",

	"field list":   "fettle field list --entity people",
	"field add":    "fettle field add score --entity companies --type number",
	"field set":    "fettle field set stage --entity people --add-option Won",
	"field values": "fettle field values title --entity people --limit 20",
	"field delete": "fettle field delete score --entity companies",

	"audience list":    "fettle audience list",
	"audience show":    "fettle audience show engineers",
	"audience count":   "fettle audience count engineers\nfettle audience count --entity people --where 'blank(email)'",
	"audience moves":   "fettle audience moves engineers --from 2026-10-01 --to 2026-11-01",
	"audience explain": "fettle audience explain engineers --record 12",
	"audience save":    "fettle audience save engineers --entity people --where 'title.contains(\"engineer\")'",
	"audience rename":  "fettle audience rename engineers --label \"Engineering leaders\"",
	"audience delete":  "fettle audience delete engineers",

	"play list": "fettle play list",
	"play show": "fettle play show job-changers",
	"play add":  "fettle play add job-changers",

	"signal list":   "fettle signal list --type job_change --since 30d",
	"signal show":   "fettle signal show job-change",
	"signal post":   "fettle signal post moves.csv --entity people --type job_change\nfettle signal post - --entity people --type job_change",
	"signal rules":  "fettle signal rules",
	"signal check":  "fettle signal check employment-check",
	"signal pause":  "fettle signal pause employment-check",
	"signal resume": "fettle signal resume employment-check",
	"signal rename": "fettle signal rename employment-check --label \"Who moved\"",
	"signal delete": "fettle signal delete employment-check",
	"signal token":  "fettle signal token web-visits",
	"signal posts":  "fettle signal posts web-visits",

	"enrichment list":     "fettle enrichment list",
	"enrichment show":     "fettle enrichment show work-email",
	"enrichment estimate": "fettle enrichment estimate work-email\nfettle enrichment estimate work-email --audience engineers",
	"enrichment backtest": "fettle enrichment backtest work-email --days 90",
	"enrichment pilot":    "fettle enrichment pilot work-email --rows 10",
	"enrichment start":    "fettle enrichment start work-email",
	"enrichment run":      "fettle enrichment run work-email",
	"enrichment pause":    "fettle enrichment pause work-email",
	"enrichment resume":   "fettle enrichment resume work-email",
	"enrichment reset":    "fettle enrichment reset work-email",
	"enrichment point":    "fettle enrichment point work-email --audience berlin",
	"enrichment limit":    "fettle enrichment limit work-email --credits 1000\nfettle enrichment limit work-email --credits 200 --per month --resume",
	"enrichment rows":     "fettle enrichment rows work-email --outcome not_found --reasons",
	"enrichment runs":     "fettle enrichment runs work-email",
	"enrichment due":      "fettle enrichment due work-email",
	"enrichment progress": "fettle enrichment progress work-email",
	"enrichment versions": "fettle enrichment versions work-email",
	"enrichment why":      "fettle enrichment why work-email --hours 24",
	"enrichment rollback": "fettle enrichment rollback work-email 3",
	"enrichment retry":    "fettle enrichment retry work-email --outcome failed",
	"enrichment approve":  "fettle enrichment approve work-email",
	"enrichment rerun":    "fettle enrichment rerun work-email --stale\nfettle enrichment rerun work-email --ids 12,17",
	"enrichment rename":   "fettle enrichment rename work-email --label \"Work e-mail\"",
	"enrichment delete":   "fettle enrichment delete work-email",

	"hub": "fettle hub --entity people\nfettle hub --audience engineers",

	"credits summary":  "fettle credits",
	"credits journal":  "fettle credits journal --enrichment work-email --from 2026-11-01\nfettle credits journal -o journal.csv",
	"credits by":       "fettle credits by provider",
	"credits days":     "fettle credits days --from 2026-11-01",
	"credits forecast": "fettle credits forecast",
	"credits why":      "fettle credits why --from 2026-11-01 --to 2026-12-01",
	"credits grant":    "fettle credits grant 5000 --note \"December\"",
	"limit list":       "fettle limit list",
	"limit set":        "fettle limit set workspace --credits 10000 --per month\nfettle limit set provider hunter --credits 500 --per day\nfettle limit set budget sales --credits 5000 --per month",
	"budget list":      "fettle budget list",
	"budget attach":    "fettle budget attach sales --enrichment work-email,phones --person ann@acme.example",
	"budget detach":    "fettle budget detach sales --enrichment phones",
	"budget delete":    "fettle budget delete sales",
	"request list":     "fettle request list --all",
	"request new":      "fettle request new work-email --reason \"The fair is in May\"\nfettle request new work-email --scope budget --key sales --credits 8000 --reason \"The fair is in May\"",
	"request show":     "fettle request show 12",
	"request approve":  "fettle request approve 12",
	"request refuse":   "fettle request refuse 12 --note \"Next quarter\"",
	"limit pilots":     "fettle limit pilots --rows 10 --credits 50",
	"unknown list":     "fettle unknown list",
	"unknown resolve":  "fettle unknown resolve 41 --not-billed\nfettle unknown resolve --all --write-off",

	"source list":   "fettle source list",
	"source token":  "fettle source token web-forms",
	"source posts":  "fettle source posts web-forms",
	"source replay": "fettle source replay web-forms 12",
	"source read":   "fettle source read crm --dry-run\nfettle source read crm",
	"source set":    "fettle source set crm --secret -",
	"source delete": "fettle source delete web-forms --yes",

	"destination list":   "fettle destination list",
	"destination show":   "fettle destination show hubspot",
	"destination set":    "fettle destination set hubspot --key -",
	"destination check":  "fettle destination check hubspot --records 500",
	"destination on":     "fettle destination on hubspot --yes",
	"destination off":    "fettle destination off hubspot",
	"destination send":   "fettle destination send hubspot --again --yes",
	"destination log":    "fettle destination log hubspot --outcome refused",
	"destination replay": "fettle destination replay hubspot --failed",
	"destination delete": "fettle destination delete hubspot --yes",

	"channel list":     "fettle channel list",
	"channel add":      "fettle channel add ops --webhook https://hooks.acme.example/fettle --on provider.down,enrichment.limit_reached",
	"channel set":      "fettle channel set ops --every 30m",
	"channel test":     "fettle channel test ops",
	"channel log":      "fettle channel log ops",
	"channel replay":   "fettle channel replay ops --failed",
	"channel events":   "fettle channel events",
	"channel rename":   "fettle channel rename ops --label \"On call\"",
	"channel delete":   "fettle channel delete ops",
	"notifications":    "fettle notifications --unread",
	"audit":            "fettle audit",
	"export records":   "fettle export --audience engineers -o engineers.csv\nfettle export --audience engineers -o -",
	"export workspace": "fettle export workspace -o workspace/",
	"apply":            "fettle apply -f workspace.yaml\nfettle apply -f -\nfettle apply workspace/ --prune",
	"plan":             "fettle plan -f workspace/\nfettle plan workspace/ --prune",

	"provider list":       "fettle provider list",
	"provider key":        "fettle provider key hunter",
	"provider price":      "fettle provider price hunter --unit 0.9",
	"provider url":        "fettle provider url llm/openai http://127.0.0.1:11434/v1",
	"provider test":       "fettle provider test hunter",
	"provider connect":    "fettle provider connect llm/openai@local --url http://127.0.0.1:11434/v1",
	"provider disconnect": "fettle provider disconnect llm/openai@local",
	"provider simulate":   "fettle provider simulate on",
	"provider models":     "fettle provider models llm/openai",
	"provider init":       "fettle provider init finder --url https://api.finder.example --path /v1/find\nfettle provider init finder --method GET --auth \"query key\" --input email=email --result verdict=text=body.data.status -o -",
	"provider check":      "fettle provider check finder.yaml\nfettle provider check finder.yaml --live --units 0",
	"provider add":        "fettle provider add finder.yaml\nfettle provider add -",
	"provider export":     "fettle provider export hunter > my-hunter.yaml",
	"provider remove":     "fettle provider remove finder",
	"workspace show":      "fettle workspace",
	"workspace rename":    "fettle workspace rename --label Acme",

	"user list":    "fettle user list",
	"user invite":  "fettle user invite ada@acme.com --role editor --may-spend",
	"user role":    "fettle user role ada@acme.com admin",
	"user disable": "fettle user disable ada@acme.com",
	"user enable":  "fettle user enable ada@acme.com",
	"user reset":   "fettle user reset ada@acme.com",
	"user unlink":  "fettle user unlink ada@acme.com",
	"user link":    "fettle user link",
	"token list":   "fettle token list",
	"token create": "fettle token create ci --role viewer\nfettle token create agent --role editor --may-spend --credits 100",
	"token delete": "fettle token delete ci",
	"mcp":          "fettle mcp --server https://fettle.acme.example\nfettle mcp --http 127.0.0.1:7072",

	"bench run":        "fettle bench run --rows 100000",
	"bench import":     "fettle bench import --rows 100000",
	"bench hub":        "fettle bench hub --rows 1000000",
	"bench limit":      "fettle bench limit",
	"bench duplicates": "fettle bench duplicates people.csv --cluster cluster --entity people",
	"bench estimate":   "fettle bench estimate --rows 1000",
	"docs":             "fettle docs -o site",
	"completion":       "source <(fettle completion bash)",
	"schema":           "fettle schema\nfettle schema Enrichment > Enrichment.json",
	"openapi":          "fettle openapi > openapi.json",
	"notices":          "fettle notices",
	"version":          "fettle --version\nfettle version --json",
}

// dress gives the help of each command its examples, and lists the commands of a command
// under "Commands:", not under the group that it is in.
func dress(app *kong.Application) {
	for _, leaf := range app.Leaves(false) {
		if text, ok := examples[pathOf(leaf)]; ok {
			leaf.Detail = strings.TrimSpace(leaf.Detail + "\n\nExamples:\n\n    " + strings.ReplaceAll(text, "\n", "\n    "))
		}
	}
	for _, n := range app.Children {
		for _, c := range n.Children {
			c.Group = &kong.Group{Key: "commands", Title: "Commands:"}
		}
	}
}

// pathOf is a command as it is typed.
func pathOf(n *kong.Node) string {
	var words []string
	for ; n != nil && n.Type == kong.CommandNode; n = n.Parent {
		words = append([]string{n.Name}, words...)
	}
	return strings.Join(words, " ")
}
