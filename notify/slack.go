package notify

import (
	"context"
	"encoding/json"
	"strings"
)

// sendSlack posts a message as {"text": …}, which Slack and its likes take.
func (c *Channels) sendSlack(ctx context.Context, m taken) result {
	payload, err := json.Marshal(map[string]string{"text": slackText(messageText(m.events))})
	if err != nil {
		return result{failed: true, gone: true, said: err.Error()}
	}
	return c.post(ctx, m.secrets.URL, payload, nil)
}

// slackText writes plain text so that Slack shows it as it is.
func slackText(s string) string {
	return strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;").Replace(s)
}
