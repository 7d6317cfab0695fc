package fettle

import "time"

// ChannelState says how deliveries go.
type ChannelState string

// The states of a channel.
const (
	ChannelOK       ChannelState = "ok"
	ChannelRetrying ChannelState = "retrying" // the last try failed; it is tried again
	ChannelFailing  ChannelState = "failing"  // it was tried for three days, or is gone
	// ChannelNoAddress is the state of one that a document declares and whose address
	// nobody has given yet: it is told nothing.
	ChannelNoAddress ChannelState = "no_address"
)

// ChannelView is a channel, without what is secret of it.
type ChannelView struct {
	Name       string       `json:"name"`  // its key; it stays
	Label      string       `json:"label"` // what people call it; its name where nobody said
	Kind       ChannelKind  `json:"kind"`
	Target     string       `json:"target"` // the host of an address, or the addresses of people; "" where nobody has given the address yet
	Events     []string     `json:"events"` // empty: the usual ones
	Owner      string       `json:"owner,omitempty"`
	OwnerField string       `json:"owner_field,omitempty"`
	Every      Interval     `json:"every"` // how long events of a kind are gathered; never for a webhook
	State      ChannelState `json:"state"`
	Detail     string       `json:"detail,omitempty"`   // why it is not ok
	SMTP       string       `json:"smtp,omitempty"`     // the mail server, or "environment"
	SentAt     *time.Time   `json:"sent_at,omitempty"`  // the last message that arrived
	Waiting    int64        `json:"waiting"`            // events that have not arrived yet
	Failed     int64        `json:"failed"`             // events that were given up
	RetryAt    *time.Time   `json:"retry_at,omitempty"` // when it is tried again
	MadeBy     string       `json:"made_by"`
	CreatedAt  time.Time    `json:"created_at"`
	ETag       string       `json:"etag"`             // names what people edit of it, as it stands: for If-Match
	Secret     string       `json:"secret,omitempty"` // of a webhook: once, when it gets its address
}

// DeliveryView is one message of a channel's log.
type DeliveryView struct {
	ID      string     `json:"id"` // of its event, or of its first: the webhook-id; replay takes it
	Type    EventType  `json:"type"`
	Message string     `json:"message"`
	Events  int64      `json:"events"`                                             // how many events it tells
	At      time.Time  `json:"at"`                                                 // when its first event happened
	State   string     `json:"state" enum:"gathering,waiting,sent,failed,dropped"` // gathering, waiting, sent, failed, dropped
	Tries   int64      `json:"tries"`
	TriedAt *time.Time `json:"tried_at,omitempty"`
	NextAt  *time.Time `json:"next_at,omitempty"` // when it is sent, or tried again
	Status  int64      `json:"status,omitempty"`  // the answer's status over HTTP
	Error   string     `json:"error,omitempty"`
}
