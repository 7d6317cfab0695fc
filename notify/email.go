package notify

import (
	"context"
	"crypto/tls"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"net"
	"net/mail"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	gomail "github.com/wneessen/go-mail"

	"fettle"
)

// mailServer is an SMTP server as its address says:
// smtp://user:password@host:587?from=fettle@acme.example. smtps is TLS from the
// first byte; smtp asks for STARTTLS, and without a password takes it where it
// is offered.
type mailServer struct {
	host, user, password string
	port                 int
	tls                  bool
	from                 *mail.Address
}

func (s *mailServer) address() string { return net.JoinHostPort(s.host, strconv.Itoa(s.port)) }

// parseSMTP reads the address of a mail server.
func parseSMTP(address string) (*mailServer, error) {
	const hint = "Write smtp://USER:PASSWORD@HOST:587?from=ADDRESS, or smtps://… for TLS from the first byte."
	u, err := url.Parse(strings.TrimSpace(address))
	if err != nil || (u.Scheme != "smtp" && u.Scheme != "smtps") || u.Hostname() == "" {
		return nil, fettle.Errorf(fettle.Invalid, "the mail server is not an address").WithHint(hint)
	}
	s := &mailServer{host: u.Hostname(), tls: u.Scheme == "smtps", port: 587}
	if s.tls {
		s.port = 465
	}
	if p := u.Port(); p != "" {
		if s.port, err = strconv.Atoi(p); err != nil || s.port < 1 || s.port > 65535 {
			return nil, fettle.Errorf(fettle.Invalid, "the mail server's port is not one").WithHint(hint)
		}
	}
	s.user = u.User.Username()
	s.password, _ = u.User.Password()
	from := u.Query().Get("from")
	if from == "" {
		from = s.user
	}
	if s.from, err = mail.ParseAddress(from); err != nil {
		return nil, fettle.Errorf(fettle.Invalid, "the mail server's address does not say who writes").WithHint("Add ?from=fettle@acme.example to it.")
	}
	return s, nil
}

// tookIt are the addresses for which a server took a message at an earlier try: it
// does not go to them again where others make it wait.
func (m taken) tookIt() map[string]bool {
	var all []string
	if m.lead.Took != "" {
		_ = json.Unmarshal([]byte(m.lead.Took), &all) // what cannot be read took nothing
	}
	out := map[string]bool{}
	for _, to := range all {
		out[to] = true
	}
	return out
}

// sendEmail sends a message to each of the addresses. An address that the server
// refuses for good is left out, if it takes another; for one that it refuses for
// now the message is tried again, and goes to the others meanwhile.
func (c *Channels) sendEmail(ctx context.Context, m taken) result {
	server, dial := c.smtp, c.own
	if m.secrets.SMTP != "" {
		s, err := parseSMTP(m.secrets.SMTP)
		if err != nil {
			return result{failed: true, said: err.Error()}
		}
		server, dial = s, c.dial
	}
	client, err := server.client(server.through(ctx, dial))
	if err != nil {
		return result{failed: true, said: err.Error()}
	}
	took := m.tookIt()
	smtp, err := client.DialToSMTPClientWithContext(ctx)
	if err != nil {
		return result{failed: true, said: hideMail(unreached(err), server), took: slices.Sorted(maps.Keys(took))}
	}
	arrived, waits := 0, false
	var refused []string
	for to := range strings.SplitSeq(m.channel.Target, ", ") {
		if took[to] {
			arrived++
			continue
		}
		msg, err := m.email(server, to)
		if err == nil {
			err = client.SendWithSMTPClient(smtp, msg)
		}
		if s, ok := errors.AsType[*gomail.SendError](err); ok && s.ErrorCode() >= 400 {
			waits = waits || s.ErrorCode() < 500
			refused = append(refused, fmt.Sprintf("%s was refused: %d", to, s.ErrorCode()))
			continue
		}
		if err != nil {
			return result{failed: true, said: hideMail(err.Error(), server), took: slices.Sorted(maps.Keys(took))}
		}
		arrived++
		took[to] = true
	}
	_ = client.CloseWithSMTPClient(smtp) // it has arrived
	return result{failed: waits || arrived == 0, said: strings.Join(refused, "; "), took: slices.Sorted(maps.Keys(took))}
}

func (s *mailServer) client(dial dialFunc) (*gomail.Client, error) {
	policy := gomail.TLSOpportunistic
	opts := []gomail.Option{gomail.WithPort(s.port), gomail.WithTimeout(sendFor), gomail.WithDialContextFunc(gomail.DialContextFunc(dial))}
	if s.user != "" && s.password != "" {
		policy = gomail.TLSMandatory // a password is not sent in the clear
		opts = append(opts, gomail.WithSMTPAuth(gomail.SMTPAuthAutoDiscover), gomail.WithUsername(s.user), gomail.WithPassword(s.password))
	}
	if s.tls {
		policy = gomail.TLSOpportunistic // it is there already
	}
	return gomail.NewClient(s.host, append(opts, gomail.WithTLSPolicy(policy))...)
}

// through connects as dial does, with TLS from the first byte where the server
// wants it. The connection ends with ctx, whatever the server does.
func (s *mailServer) through(ctx context.Context, dial dialFunc) dialFunc {
	return func(dialing context.Context, network, addr string) (net.Conn, error) {
		conn, err := dial(dialing, network, addr)
		if err != nil {
			return nil, err
		}
		context.AfterFunc(ctx, func() { _ = conn.Close() })
		if s.tls {
			return tls.Client(conn, &tls.Config{ServerName: s.host, MinVersion: tls.VersionTLS12}), nil
		}
		return conn, nil
	}
}

// email makes the message. Its id is the same at every try.
func (m taken) email(server *mailServer, to string) (*gomail.Msg, error) {
	msg := gomail.NewMsg()
	msg.FromMailAddress(server.from)
	if err := msg.To(to); err != nil {
		return nil, err
	}
	_, domain, _ := strings.Cut(server.from.Address, "@")
	first := m.events[0]
	msg.SetMessageIDWithValue(fmt.Sprintf("%s.%d@%s", first.UID, m.channel.ID, domain))
	msg.SetDateWithValue(time.UnixMicro(max(m.lead.FirstUS, first.AtUS)))
	msg.SetGenHeader("Auto-Submitted", "auto-generated")
	msg.SetUserAgent("Fettle")
	msg.Subject("[Fettle] " + messageTitle(m.events))
	msg.SetBodyString(gomail.TypeTextPlain, messageText(m.events)+"\n")
	return msg, nil
}

// hideMail leaves a password out of what a mail server said.
func hideMail(said string, s *mailServer) string {
	if s.password != "" {
		said = strings.ReplaceAll(said, s.password, "…")
	}
	return said
}
