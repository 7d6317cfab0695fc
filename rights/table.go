package rights

import (
	"fmt"
	"slices"
	"strings"
)

// Table lists the operations of the API that can cause spending.
func Table() []Operation {
	const opens = "what it opens counts in the own limit of who does it"
	spends := [standings]Answer{Refused, Refused, May, May, May}
	prices := [standings]Answer{Refused, Refused, Refused, May, May}
	data := [standings]Answer{Refused, Within, Asks, Asks, Asks}
	edits := [standings]Answer{Refused, May, May, May, May}
	only := [standings]Answer{Refused, Refused, Refused, Refused, May}
	return []Operation{
		{"start", "start enrichments", spends, "the run is on their account"},
		{"resume", "resume enrichments", spends, "the run is on their account from then on"},
		{"approve", "approve rows", [standings]Answer{Refused, Refused, Asks, Asks, Asks}, opens},
		{"rerun", "rerun rows", [standings]Answer{Refused, Refused, Asks, Asks, Asks}, opens},
		{"runRecords", "run chosen rows", [standings]Answer{Refused, Refused, Asks, Asks, Asks}, opens},
		{"retry", "retry rows", [standings]Answer{Refused, Refused, Asks, Asks, Asks}, opens},
		{"pilot", "run pilots", [standings]Answer{Refused, Allowance, May, May, May}, ""},
		{"setEnrichmentLimit", "set limits", spends, "with a limit of their own: none is raised of what runs on somebody else's account"},
		{"saveEnrichment", "define enrichments", edits, "buys nothing by itself. Without the right: no limit beyond a draft's is raised, and none is not said. With a limit of their own: as setting it"},
		{"createEnrichment", "define enrichments", edits, "as saving one"},
		{"point", "point enrichments", edits, "buys nothing before it is resumed"},
		{"reset", "reset enrichments", edits, "buys nothing before it is resumed"},
		{"createAudience", "save audiences", edits, "nothing is pointed at it yet"},
		{"saveAudience", "save audiences", [standings]Answer{Refused, Waits, Asks, Asks, Asks}, "beyond the guard refused to editors; " + opens},
		{"apply", "apply documents", edits, "each document as by its own operation"},
		{"import", "import records", data, "open to all editors with --no-run"},
		{"readSource", "read the file of a source now", data, "as by an import; what a schedule reads is an import by an editor who may not spend, whose rows beyond the guard wait for approval"},
		{"mapImport", "map columns of an import later", data, "open to all editors with --no-run"},
		{"upsertPeople", "write records", data, ""},
		{"upsertCompanies", "write records", data, ""},
		{"editRecord", "edit records", data, ""},
		{"editRecords", "edit records", data, ""},
		{"setField", "edit records", data, ""},
		{"postSignals", "post signals", [standings]Answer{Refused, Waits, May, May, May}, "beyond the guard the enrichment pauses and asks; a hook is an editor"},
		{"saveSignalRule", "save signal rules", edits, "what its signals put into live enrichments is judged as if posted by whoever wrote the change"},
		{"createSignalRule", "save signal rules", edits, "as saving one"},
		{"resumeSignalRule", "resume signal rules", edits, "as saving one"},
		{"mergeRecords", "merge records", edits, "what it puts into live enrichments beyond the guard waits for approval"},
		{"unmergeRecords", "take merged records apart", edits, "as merging"},
		{"splitRecord", "split records", edits, "as merging"},
		{"takeBack", "take changes back", data, "what a run bought stays paid, and is bought for nobody again until a person reruns it"},
		{"acceptStranger", "accept answers that are held back", [standings]Answer{Refused, Within, Within, Asks, Asks}, "writes them free. Who may not spend, or has a limit of their own, puts nothing into live enrichments by it"},
		{"rejectStranger", "reject answers that are held back", [standings]Answer{Refused, May, Asks, Asks, Asks}, "editors: without having the steps asked that are left; " + opens},
		{"suppressRecords", "suppress records", edits, "what is let in again beyond the guard waits for approval"},
		{"resolveUnknowns", "resolve unknown charges", spends, "capped: settled in full alone; " + opens},
		{"grantCredits", "grant credits", prices, ""},
		{"setLimit", "set limits", prices, "of persons: admins alone; so is raising a budget"},
		{"attachToBudget", "attach to budgets", prices, "people, and what leaves another budget: admins alone"},
		{"detachFromBudget", "take out of budgets", only, ""},
		{"deleteBudget", "delete budgets", only, ""},
		{"setPrice", "edit prices", prices, ""},
		{"setConnection", "edit keys and prices", prices, "the address: admins alone"},
		{"addConnection", "add connections of providers", prices, "the address: admins alone"},
		{"removeConnection", "take connections of providers away", prices, "what they were asked stays known"},
		{"saveDefinition", "add providers", only, ""},
		{"removeDefinition", "take providers away", only, "nothing may use it; what it was asked stays known"},
		{"setSimulated", "switch the simulated provider on or off", only, "its answers are made up, and nothing is billed"},
		{"approveRequest", "approve requests for more", only, "a person who did not ask, no token: the run goes on on the asker's account"},
		{"setPilotAllowance", "set the pilot allowance", only, ""},
	}
}

// Find gives an operation that can cause spending.
func Find(id string) (Operation, bool) {
	all := Table()
	i := slices.IndexFunc(all, func(o Operation) bool { return o.ID == id })
	if i < 0 {
		return Operation{}, false
	}
	return all[i], true
}

// Free lists the operations that cannot cause spending, by the reason why.
func Free() map[string][]string {
	return map[string][]string{
		"lets somebody in, or out": {"getSignIn", "signIn", "signInByLink", "acceptLink", "lookAtLink", "signOut", "beginSignIn", "finishSignIn", "setPassword"},
		"only reads": {
			"getStatus", "events", "listNotifications", "listRecords", "countRecords", "countChosen", "listViews", "getRecord", "aboutRecord", "listCalls", "export", "listFields", "listValues", "getHub",
			"listAudiences", "getAudience", "countAudience", "countWhere", "explainMember", "explainWhere", "exportWorkspace", "listMembers", "audienceMoves", "backtest", "listEnrichments", "getEnrichment", "listRows",
			"listRuns", "getRun", "listOverwrites", "getDue", "getProgress", "spendByDay",
			"listReasons", "listVersions", "whyEnrichment", "checkEnrichment", "estimate", "plan", "listImports", "getImport", "getRejects", "getAside", "listProviders", "getDefinition", "beginDefinition", "checkDefinition", "getSimulated", "listPrices",
			"audit", "getCredits", "spendBy", "forecastLimits", "listJournal", "downloadJournal", "whySpend", "listLimits", "listBudgets", "listRequests", "getRequest", "whatToAsk", "listUnknowns", "listActions",
			"listUsers", "listTokens", "testConnection", "listModels", "getPilotAllowance", "listConflicts", "listChanges",
			"listDuplicates", "countDuplicates", "getDuplicate", "listMerges", "listStrangers", "countStrangers", "getStranger", "downloadClaims", "listUndo", "getUndo",
			"listChannels", "listEventTypes", "listDeliveries", "listDestinations", "listDestinationServices", "getDestination", "listSent", "checkDestination", "listFlows", "listSources", "listSourceBodies",
			"listSignals", "getSignal", "listSignalRules", "getSignalRule", "listHookBodies", "listPlays", "getPlay",
		},
		"asks; an admin decides":                          {"createRequest"},
		"says who is told":                                {"createChannel", "changeChannel", "deleteChannel", "testChannel", "replayDeliveries"},
		"says what others get, which costs nothing":       {"createDestination", "saveDestination", "setDestination", "turnOnDestination", "turnOffDestination", "sendDestination", "replaySent", "deleteDestination"},
		"stops, or takes away":                            {"pause", "deleteEnrichment", "deleteAudience", "deleteRecords", "deleteField", "undoImport", "pauseSignalRule", "deleteSignalRule", "refuseRequest", "deleteSource"},
		"changes what is shown":                           {"readNotifications", "addNote", "deleteNote", "addView", "changeView", "deleteView", "addField", "updateField", "decideDuplicate", "findDuplicates", "renameAudience", "renameEnrichment", "renameSignalRule", "nameWorkspace"},
		"says who may, and up to what; the admins' alone": {"inviteUser", "changeUser", "makeUserLink", "createToken", "deleteToken", "makeHookToken", "deleteHookToken", "makeSourceToken", "deleteSourceToken", "setSource"},
		"is asked with a hook's token, and judged as postSignals or upsertPeople by an editor who may not spend": {"receiveHook", "replaySourceBody"},
	}
}

// Words is the table as it stands in docs/signing-in.md.
func Words() string {
	var b strings.Builder
	b.WriteString("| | viewer | editor | with a limit of their own | may spend | admin | |\n|---|---|---|---|---|---|---|\n")
	for _, o := range Table() {
		fmt.Fprintf(&b, "| %s (`%s`) |", o.Does, o.ID)
		for _, a := range o.Answers {
			fmt.Fprintf(&b, " %s |", a)
		}
		fmt.Fprintf(&b, " %s |\n", o.Note)
	}
	return b.String()
}
