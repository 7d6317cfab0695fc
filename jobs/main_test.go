package jobs

import (
	"testing"

	"fettle/store/storetest"
)

func TestMain(m *testing.M) { storetest.Main(m) }
