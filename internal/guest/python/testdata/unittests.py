import unittest, io, sys
from unittest import mock


class TestMath(unittest.TestCase):
    def setUp(self):
        self.x = 3

    def test_add(self):
        self.assertEqual(self.x + 1, 4)

    def test_raises(self):
        with self.assertRaisesRegex(ZeroDivisionError, "by zero"):
            1 / 0

    def test_sub(self):
        for i in range(3):
            with self.subTest(i=i):
                self.assertNotEqual(i, 1)

    @unittest.skip("later")
    def test_skip(self): ...

    def test_mock(self):
        m = mock.Mock(return_value=5, side_effect=None)
        self.assertEqual(m(1, k=2), 5)
        m.assert_called_once_with(1, k=2)
        with mock.patch("os.getcwd", return_value="/x"):
            import os

            self.assertEqual(os.getcwd(), "/x")

    def test_log(self):
        import logging

        with self.assertLogs("a", "INFO") as c:
            logging.getLogger("a").info("hi")
        self.assertEqual(c.output, ["INFO:a:hi"])


class TestAsync(unittest.IsolatedAsyncioTestCase):
    async def test_it(self):
        import asyncio

        await asyncio.sleep(0)
        self.assertTrue(True)


out = io.StringIO()
r = unittest.TextTestRunner(out, verbosity=2).run(unittest.defaultTestLoader.loadTestsFromModule(sys.modules["__main__"]))
print(r.testsRun, len(r.failures), len(r.errors), len(r.skipped), r.wasSuccessful())
print([line for line in out.getvalue().splitlines() if "..." in line or "Error" in line])
